// A second opinion on signatures of Discord's requests: reads a JSON array of {key, timestamp, body, signature} from standard input
// and prints an array of booleans, as Discord's own package judges them. It does not judge their age.
import { verifyKey } from "discord-interactions";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const verdicts = await Promise.all(JSON.parse(text).map((c) => verifyKey(c.body, c.signature, c.timestamp, c.key)));
console.log(JSON.stringify(verdicts));
