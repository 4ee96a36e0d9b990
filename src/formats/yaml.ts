import { type JsonObject, type JsonValue, stringifyJson } from "../model/json.ts";

// What YAML 1.2 or 1.1 calls not printable or a line break, and JSON leaves as it is.
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g;
/** A longer key is no simple key in YAML. */
const MAX_SIMPLE_KEY = 1000;

/**
 * A block mapping, one member a line, for front matter. YAML's flow style takes JSON as it is but for some
 * characters: that is less to go wrong than a YAML library's guesses about which strings need quotes.
 */
export function yamlBlock(json: JsonObject, indent = ""): string {
  let text = "";
  for (const [key, value] of Object.entries(json)) text += `${indent}${yamlKey(key)}: ${yamlFlow(value)}\n`;
  return text;
}

function yamlKey(key: string): string {
  return /^[a-z][a-z_]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(key)
    ? key
    : yamlString(key);
}

function yamlFlow(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return yamlString(value);
    case "number":
      return yamlNumber(value);
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(yamlFlow).join(", ")}]`;
      const members = Object.entries(value).map(([key, item]) => {
        const name = yamlString(key);
        return `${name.length > MAX_SIMPLE_KEY ? "? " : ""}${name}: ${yamlFlow(item)}`;
      });
      return `{${members.join(", ")}}`;
    }
    default:
      return String(value);
  }
}

function yamlString(text: string): string {
  return JSON.stringify(text).replace(TO_ESCAPE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function yamlNumber(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value < 0 ? "-.inf" : ".inf";
  // YAML 1.1 takes 1e+21 for text: it wants a point.
  return stringifyJson(value).replace(/^(-?\d+)e/, "$1.0e");
}
