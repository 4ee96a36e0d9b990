const MARKED = /(<!-- generated: ([\w:-]+) -->\n)[\s\S]*?(<!-- end generated -->)/g;

/**
 * A document with the text between each pair of markers replaced. The markers are
 * `<!-- generated: NAME -->` and `<!-- end generated -->`, each on a line of its own. Throws for a name that
 * is not in `tables`.
 */
export function fillMarkers(text: string, tables: Readonly<Record<string, () => string>>): string {
  return text.replace(MARKED, (_whole, start: string, name: string, end: string) => {
    const generate = tables[name];
    if (!generate) throw new Error(`no table "${name}" (known: ${Object.keys(tables).join(", ")})`);
    return `${start}\n${generate()}\n\n${end}`;
  });
}
