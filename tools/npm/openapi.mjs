// Validates the OpenAPI document on standard input and prints {"valid", "version", "errors"}.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const { valid, errors } = await validator.validate(JSON.parse(readFileSync(0, 'utf8')));
if (valid) validator.resolveRefs(); // throws when a reference leads nowhere
process.stdout.write(JSON.stringify({ valid, version: validator.version ?? '', errors: errors ?? null }));
