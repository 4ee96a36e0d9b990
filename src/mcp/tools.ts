/** The tools of a server. */
import { exportMemories, importMemories } from "./file_tools.ts";
import { cancelMigration, migrationStatus, resumeMigrationTool, rollbackMigration } from "./job_tools.ts";
import { migrateDatabase, validateMigration } from "./migration_tools.ts";
import type { ServerParts } from "./server.ts";
import { isOffered, operationTools, type Tool, type ToolSource } from "./tool.ts";
import { schemasOfTools } from "./tool_schemas.ts";

/** Every tool: the operations that are tools, and what only a server has. */
export function allTools(): ToolSource[] {
  return [
    ...operationTools(),
    migrateDatabase,
    validateMigration,
    migrationStatus,
    cancelMigration,
    resumeMigrationTool,
    rollbackMigration,
    exportMemories,
    importMemories,
  ];
}

/** Those that a server offers: by its profile, and only those that change nothing where it is read-only. */
export function toolsFor({ profile, isReadOnly }: Pick<ServerParts, "profile" | "isReadOnly">): Tool[] {
  const offered = allTools()
    .filter((source) => isOffered(source, profile) && (!isReadOnly || source.tool.effect === "read"));
  const schemas = schemasOfTools(offered);
  return offered.map((source, index) => ({ source, ...schemas[index]! }));
}
