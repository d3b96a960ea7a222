// What dmn-js does with a model that is opened and saved: its own reader and writer, nothing else. DMN 1.3 in and out.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const need = createRequire(new URL('../web/package.json', import.meta.url))
const { DmnModdle } = await import(pathToFileURL(need.resolve('dmn-moddle')).href)
const moddle = new DmnModdle()
const { rootElement, warnings } = await moddle.fromXML(readFileSync(0, 'utf8'))
if (warnings.length) throw new Error(warnings.map(w => w.message).join('\n'))
process.stdout.write((await moddle.toXML(rootElement, { format: true })).xml)
