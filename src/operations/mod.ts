import { config } from "./config.ts";
import { health } from "./health.ts";
import { migrate } from "./migrate.ts";
import type { Operation } from "./operation.ts";

/** Every operation, in the order of help: each is a command and, later, a tool. */
export const OPERATIONS: readonly Operation[] = [migrate, health, config];
