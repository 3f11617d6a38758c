// A second opinion on signatures of Slack's requests: reads a JSON array of {secret, timestamp, now, body, signature} from standard
// input and prints an array of booleans, as @slack/bolt judges them.
import { isValidSlackRequest } from "@slack/bolt";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const verdicts = JSON.parse(text).map((c) =>
  isValidSlackRequest({
    signingSecret: c.secret, body: c.body, nowMilliseconds: c.now * 1000,
    headers: { "x-slack-request-timestamp": c.timestamp, "x-slack-signature": c.signature },
  }),
);
console.log(JSON.stringify(verdicts));
