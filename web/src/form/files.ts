import { query } from '../api'
import type { FileValue } from '../lib/values'

/** A file is served to whoever may see a record that holds it, by right or by a case that they take part in. */
export const fileAddress = (file: { 名?: string; 摘要: string } | FileValue, source: { ledger: string; id: string; case?: string }) =>
    `/api/files/${file.摘要}${query({ ledger: source.ledger, record: source.id, case: source.case, name: file.名 })}`
