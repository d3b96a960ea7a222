// What a good Node service would do for the same first page: fastify, a native SQLite driver, one prepared statement, the same twelve columns,
// serialised by a schema. It knows no rights and masks nothing, and writes half as many bytes: no titles, states, times and names of households,
// dates as they are stored. Usage: node peer.mjs DATABASE; prints its port
import fastify from 'fastify'
import Database from 'libsql'

const file = process.argv[2]
const columns = ['姓名', '证件号', '性别', '出生日期', '民族', '与户主关系', '居住状态', '手机', '政治面貌', '文化程度', '健康状况', '户']
const db = new Database(file, { readonly: true })
const page = db.prepare(`select record, version, ${columns.map(c => `"${c}"`).join(', ')} from now_person where removed = 0 order by record limit 50`)
const text = { type: ['string', 'number', 'null'] }
const row = { type: 'object', properties: Object.fromEntries(['id', 'version', ...columns].map(c => [c, text])) }
const app = fastify()
app.get('/people', { schema: { response: { 200: { type: 'object', properties: { items: { type: 'array', items: row } } } } } }, async () => ({
    items: page.all().map(r => ({ ...r, id: Buffer.from(r.record).toString('hex'), 户: r.户 && Buffer.from(r.户).toString('hex') })),
}))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(app.server.address().port)
