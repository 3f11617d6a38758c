// Drives a server through npm's clockify-ts, a client that people use with Clockify itself, and prints what it got as
// JSON. Its address is fixed, so axios.create is wrapped to put ours in its place; nothing else is changed.
//
// Environment: BASE (…/api/v1), KEY (an API key), NOW (RFC 3339, the server's present moment).
'use strict';
const axios = require('axios');
const create = axios.create.bind(axios);
axios.create = (config) => create({ ...config, baseURL: process.env.BASE });
const Clockify = require('clockify-ts').default;

const at = (minutes) => new Date(Date.parse(process.env.NOW) + minutes * 60_000).toISOString();

async function main() {
  const clockify = new Clockify(process.env.KEY);
  const got = {};
  got.me = await clockify.user.get();
  got.workspaces = await clockify.workspaces.get();
  const workspace = clockify.workspace.withId(got.workspaces[0].id);
  got.users = await workspace.users.get({});
  got.project = await workspace.projects.post({ name: 'From clockify-ts', color: '#ff0000' });
  got.projects = await workspace.projects.get();
  got.sameProject = await workspace.projects.withId(got.project.id).get();
  got.tag = await workspace.tags.post({ name: 'from-clockify-ts' });
  got.tags = await workspace.tags.get({});
  got.started = await workspace.timeEntries.post({
    start: at(-30), description: 'By clockify-ts', projectId: got.project.id, tagIds: [got.tag.id], billable: false,
  });
  const entries = workspace.users.withId(got.me.id).timeEntries;
  got.running = await entries.get({ 'in-progress': true });
  got.stopped = await entries.patch({ end: at(-10) });
  got.list = await entries.get({ 'page-size': 10 });
  got.replaced = await workspace.timeEntries.withId(got.started.id).put({
    start: at(-40), end: at(-5), description: 'Corrected', billable: true,
  });
  await workspace.timeEntries.withId(got.started.id).delete();
  got.afterDelete = await entries.get();
  try {
    await entries.patch({ end: at(0) });
  } catch (err) {
    got.refused = err.message;
  }
  process.stdout.write(JSON.stringify(got));
}

main().catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
