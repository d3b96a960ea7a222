/* note: the parts that make a cell comment; inside the room xlsx only. Excel needs each comment twice: its text in a
 * comments part, and its yellow box in a VML drawing (ECMA-376 part 1, 18.7; part 4, 19). */
#pragma once

#include "xlsx/xml.h"

#define NOTE_AUTHOR "镇务"
extern const str note_vml_head, note_vml_tail, note_vml_spaces, note_comments_tail;
void note_comments_head(struct buf *b, str author);
void note_comment(struct buf *b, str prefix, uint32_t row, uint32_t column, size_t author, str text);
/* spaces: note_vml_spaces in a drawing of another program, which may not declare our prefixes; empty in our own. */
void note_shapetype(struct buf *b, str spaces); /* the yellow box; once a drawing, before the shapes */
void note_shape(struct buf *b, str spaces, unsigned number, uint32_t row, uint32_t column); /* number: from 1 */

#define XLSX_NS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define REL_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE_NS "http://schemas.openxmlformats.org/package/2006"
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define TYPE_COMMENTS "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
#define TYPE_VML "application/vnd.openxmlformats-officedocument.vmlDrawing"
