/** What upstream's documentation has users paste, as prompts. */
import type { McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";

function userMessage(text: string) {
  return { messages: [{ role: "user" as const, content: { type: "text" as const, text } }] };
}

/** Registers the prompts. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt("session_start", {
    title: "Start a session",
    description: "Recall what earlier sessions left, before working",
    argsSchema: z.object({
      task: z.string().optional().describe("What the session is about"),
      project: z.string().optional().describe("Path of the project"),
    }),
  }, ({ task, project }) =>
    userMessage(`Before you start${task ? ` on "${task}"` : ""}, use your memory:
1. get_recent_activity(days=7${
      project ? `, project=${JSON.stringify(project)}` : ""
    }) shows what was done lately and which problems are open.
2. recall_memories(query=...) with the subject${
      task ? ` "${task}"` : " of the task"
    }: what was learned about it before?
3. For each memory that matters, get_related_memories(memory_id=...) shows causes, solutions and dependencies.
Then sum up in a few lines what you found and how it bears on the task. While you work, store each solved problem,
decision and error at once with store_memory, with tags, and relate it with create_relationship.`));

  server.registerPrompt("session_end", {
    title: "End a session",
    description: "Store what a later session needs",
    argsSchema: z.object({ project: z.string().optional().describe("Path of the project") }),
  }, ({ project }) =>
    userMessage(`The session ends. Store what a later one needs:
1. One memory of type task that sums up what was done, what is unfinished and what comes next${
      project ? `, with context={"project_path": ${JSON.stringify(project)}}` : ""
    }.
2. One memory for each solution, error and decision of this session that is not stored yet: say why, not only what; tag
names and acronyms; importance 0.8 and more only for what must not be forgotten.
3. Relate them: solution SOLVES problem, error CAUSES problem, fix ADDRESSES error, task DEPENDS_ON task, anything RELATED_TO.
4. Where something stored before is wrong now, update_memory it.
Then list what you stored, with ids.`));

  server.registerPrompt("migrate", {
    title: "Migrate to another backend",
    description: "Move the graph to another database, step by step",
    argsSchema: z.object({ target_backend: z.string().describe("Backend to migrate to") }),
  }, ({ target_backend }) =>
    userMessage(`Migrate my memories to ${target_backend}:
1. validate_migration(target_backend=${
      JSON.stringify(target_backend)
    }, target_config=...): report counts, conflicts and warnings.
2. If it is valid, tell me what will happen, then call migrate_database with the same arguments.
3. If it answers with state "running", ask migration_status(job_id=...) until it is done.
4. Report what was imported and that the verification compared every record; rollback_migration undoes it.`));
}
