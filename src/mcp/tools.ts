/** The tools of a server. */
import { exportMemories, importMemories } from "./file_tools.ts";
import { cancelMigration, migrationStatus, resumeMigrationTool, rollbackMigration } from "./job_tools.ts";
import { migrateDatabase, validateMigration } from "./migration_tools.ts";
import type { ServerParts } from "./server.ts";
import { isOffered, operationTools, prepareTool, type Tool, type ToolSource } from "./tool.ts";

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
  return allTools()
    .filter((tool) => isOffered(tool, profile) && (!isReadOnly || tool.tool.effect === "read"))
    .map(prepareTool);
}
