// Checks the golden bodies of bot/slack with types that Slack itself publishes: each body is written into a TypeScript file as a
// value of Slack's own type, and the compiler says what does not fit. Those of bot/discord: see discord.mjs.
// Usage: node check.mjs slack|discord FOLDER [MORE.json …]
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));

// The type of a body by the first word of its file's name.
const slackTypes = {
  message: "Answer",
  post: "ChatPostMessageArguments",
  update: "Without<ChatUpdateArguments, 'ts'>",
  view: "ModalView",
  home: "HomeView",
  manifest: "Manifest",
};

const slackHead = `
import type { HomeView, KnownBlock, ModalView } from "@slack/types";
import type { ChatPostMessageArguments, ChatUpdateArguments } from "@slack/web-api";
import type { RespondArguments } from "@slack/bolt";
import type { Manifest } from "@slack/web-api/dist/types/request/manifest";
// An answer to a command, or to a response_url, with blocks that Slack knows: bolt's own type takes any block at all.
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Answer = Omit<RespondArguments, "blocks"> & { text: string; blocks?: KnownBlock[] };
`;

function slackProgram(files) {
  let text = slackHead;
  for (const file of files) {
    const name = file.split("/").pop();
    const type = slackTypes[name.split(".")[0]];
    if (!type) throw new Error(`${name}: no type for this kind of body`);
    text += `// ${name}\nexport const ${name.replace(/[^A-Za-z0-9]/g, "_")}: ${type} = ${readFileSync(file, "utf8")};\n`;
  }
  return text;
}

function compile(text) {
  const folder = mkdtempSync(join(here, "checked-"));
  try {
    const file = join(folder, "bodies.ts");
    writeFileSync(file, text);
    const program = ts.createProgram([file], {
      noEmit: true, strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [],
    });
    const lines = text.split("\n");
    return ts.getPreEmitDiagnostics(program).map((d) => {
      const message = ts.flattenDiagnosticMessageText(d.messageText, "\n  ");
      if (d.start === undefined) return message;
      const line = d.file.getLineAndCharacterOfPosition(d.start).line;
      let body = line;
      while (body > 0 && !lines[body].startsWith("// ")) body--;
      return `${lines[body].slice(3)}: ${lines[line].trim()}: ${message}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [platform, folder, ...more] = process.argv.slice(2);
if (!["slack", "discord"].includes(platform) || !folder) {
  console.error("usage: node check.mjs slack|discord FOLDER [MORE.json …]");
  process.exit(2);
}
const files = readdirSync(folder).filter((f) => f.endsWith(".json")).sort().map((f) => join(folder, f)).concat(more);
if (files.length === 0) {
  console.error(`${folder} holds no body`);
  process.exit(2);
}
const problems = platform === "slack" ? compile(slackProgram(files)) : (await import("./discord.mjs")).check(files);
problems.forEach((p) => console.error(p));
console.log(`${files.length} bodies checked, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
