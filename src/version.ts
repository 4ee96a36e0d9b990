import config from "../deno.json" with { type: "json" };

/** The program's version; deno.json is its one home. */
export const VERSION: string = config.version;
