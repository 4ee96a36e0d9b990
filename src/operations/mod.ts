import { config } from "./config.ts";
import { exportGraph } from "./export.ts";
import { health } from "./health.ts";
import { importGraph } from "./import.ts";
import { migrate } from "./migrate.ts";
import type { Operation } from "./operation.ts";
import { rollback } from "./rollback.ts";

/** Every operation, in the order of help: each is a command and, later, a tool. */
export const OPERATIONS: readonly Operation[] = [migrate, rollback, exportGraph, importGraph, health, config];
