import * as z from "zod";
import { asGraphError, GraphError } from "../../errors.ts";

/** The setting that names an authority's file. */
export const authorityField = z.string().optional()
  .describe("File of the authority (PEM) that signed the server's certificate")
  .meta({ env: ["MEMORYGRAPH_CA_FILE"] });

/** The PEM text of the file that names an authority to trust. Throws USAGE. */
export async function readAuthority(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : asGraphError(error).message;
    throw new GraphError("USAGE", `Cannot read the certificate file "${path}": ${reason}`, { cause: error });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new GraphError("USAGE", `The certificate file "${path}" is not a certificate in PEM form`);
}

/** The path itself, once its file is known to be one that `readAuthority` reads. Throws USAGE. */
export async function checkAuthority(path: string | undefined): Promise<string | undefined> {
  await readAuthority(path);
  return path;
}
