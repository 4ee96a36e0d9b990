import { CommandFailed, runCommand, Unavailable } from "./command.ts";

/** PEM files: a server's key and certificate, and the authority that signed it. */
export interface Certificates {
  keyFile: string;
  certificateFile: string;
  caFile: string;
}

/** Throws `Unavailable` where certificates cannot be made. */
export async function requireOpenSsl(): Promise<void> {
  try {
    await runCommand("openssl", ["version"]);
  } catch (error) {
    if (error instanceof CommandFailed) throw new Unavailable(error.summary, { cause: error });
    throw error;
  }
}

const EXTENSIONS = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
# The nodes of a cluster ask each other for theirs.
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/**
 * Makes an authority nobody trusts yet, and a certificate of it for localhost and 127.0.0.1, valid for two
 * days. `folder` must exist. The authority's key is removed.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = (args: readonly string[]) => runCommand("openssl", args, { cwd: folder });
  await Deno.writeTextFile(`${folder}/openssl.cnf`, EXTENSIONS);
  const key = ["-newkey", "rsa:2048", "-nodes", "-config", "openssl.cnf"];
  await openssl([
    ...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2"],
    ...["-subj", "/CN=memorygraph test authority", "-extensions", "authority"],
  ]);
  await openssl(["req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"]);
  await openssl([
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "1"],
    ...["-out", "server.crt", "-days", "2", "-extfile", "openssl.cnf", "-extensions", "server"],
  ]);
  for (const name of ["openssl.cnf", "server.csr", "ca.key"]) await Deno.remove(`${folder}/${name}`);
  return {
    keyFile: `${folder}/server.key`,
    certificateFile: `${folder}/server.crt`,
    caFile: `${folder}/ca.crt`,
  };
}
