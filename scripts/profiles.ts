import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {lintProfiles} from './lint-profiles.ts';

const folder = process.argv[2] ?? 'device-profiles';
const names = (await readdir(folder)).filter(name => name.endsWith('.json')).sort();
const files = await Promise.all(names.map(async name => ({name, text: await readFile(join(folder, name), 'utf8')})));
const problems = lintProfiles(files);
for (const problem of problems) console.error(problem);
console.log(`${names.length} profiles, ${problems.length} problems`);
process.exitCode = problems.length > 0 || names.length === 0 ? 1 : 0;
