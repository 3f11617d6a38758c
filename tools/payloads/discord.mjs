// The schemas of Discord's own OpenAPI document, as zod schemas. A body must pass, and hold nothing that its schema does not know.
import * as spec from "discord-api-spec/zod";
import * as z from "zod/mini";
import { readFileSync } from "node:fs";

const callbacks = {
  1: spec.PongInteractionCallbackRequestSchema,
  4: spec.CreateMessageInteractionCallbackRequestSchema,
  5: spec.CreateMessageInteractionCallbackRequestSchema,
  6: spec.UpdateMessageInteractionCallbackRequestSchema,
  7: spec.UpdateMessageInteractionCallbackRequestSchema,
  8: spec.ApplicationCommandAutocompleteCallbackRequestSchema,
  9: spec.ModalInteractionCallbackRequestSchema,
};

// The schema of a body by the first word of its file's name.
const schemas = {
  callback: (body) => callbacks[body.type],
  post: () => spec.MessageCreateRequestSchema,
  edit: () => spec.MessageEditRequestPartialSchema,
  follow: () => spec.IncomingWebhookRequestPartialSchema,
  commands: () => z.array(spec.ApplicationCommandUpdateRequestSchema),
};

// unknown lists what a body holds and its parsed copy does not: zod drops keys that a schema does not know.
function unknown(body, parsed, at) {
  if (Array.isArray(body)) return body.flatMap((v, i) => unknown(v, parsed?.[i], `${at}[${i}]`));
  if (body === null || typeof body !== "object") return [];
  return Object.keys(body).flatMap((key) =>
    parsed && key in parsed ? unknown(body[key], parsed[key], `${at}.${key}`) : [`${at}.${key} is not known`],
  );
}

export function check(files) {
  return files.flatMap((file) => {
    const name = file.split("/").pop();
    const body = JSON.parse(readFileSync(file, "utf8"));
    const schema = schemas[name.split(".")[0]]?.(body);
    if (!schema) return [`${name}: no schema for this kind of body`];
    const result = schema.safeParse(body);
    if (!result.success) return result.error.issues.map((i) => `${name}: ${i.path.join(".")}: ${i.message} ${JSON.stringify(i.errors ?? "").slice(0, 2000)}`);
    return unknown(body, result.data, "").map((p) => `${name}: ${p}`);
  });
}
