/* Everything a user can grow has its maximum here, with the reason. */
#pragma once

enum {
    FAULTS_MAX = 200,               /* a form shows a screenful; an import returns a marked workbook instead */
    JSON_DEPTH_MAX = 64,            /* our deepest own document is 7 */
    OP_BLOCK_BYTES = 16 << 10,      /* one request rarely needs a second block */
};
#define OP_BYTES_MAX ((size_t)4 << 30) /* a demo county of ten million is made in chunks far below this */
