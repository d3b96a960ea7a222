/* xml: a pull scanner over the parts of a workbook; inside the room xlsx only. It hands out the file's own bytes,
 * which is what marking a copy needs, and it is several times as fast as a validating parser, which is what a
 * register of a million rows needs.
 *
 *     struct xml x;
 *     xml_whole(&x, op, text, S("xl/workbook.xml"));          // or xml_part: streaming
 *     while (xml_next(&x) && x.kind != XML_END)
 *         if (xml_opens(&x, "sheet"))
 *             name = xml_attr_text(&x, "name");
 *     if (x.failed)
 *         return false;
 *
 * Names come without their prefix: <x:row> is row (some exporters write prefixes everywhere). Checked: that tags and
 * entities are whole and that elements nest. Documents with a DTD, and those that are not UTF-8, are refused. Tokens
 * live until the next xml_next. */
#pragma once

#include "xlsx/zip.h"

enum xml_kind {
    XML_OPEN,  /* <a …> */
    XML_EMPTY, /* <a …/> */
    XML_CLOSE, /* </a> */
    XML_TEXT,  /* between tags, as written */
    XML_CDATA, /* what stands inside the brackets */
    XML_OTHER, /* comment, declaration */
    XML_END,
};

enum { XML_DEPTH_MAX = 64 }; /* Excel's own parts reach 12 */

struct xml {
    struct op *op;
    struct zip_part *part; /* NULL: the text is whole */
    str where;             /* for faults: the part's name, or the sheet's */
    char *window;
    size_t room;           /* of the window */
    const char *p, *end;   /* not yet scanned */
    bool ended, failed;
    int depth;             /* elements open after this token */
    uint32_t open[XML_DEPTH_MAX]; /* hashes of their names */

    enum xml_kind kind;
    str name, prefix;      /* of a tag; the prefix with its colon, usually empty */
    str attrs;             /* of a tag: what follows the name */
    str text;              /* of text and CDATA */
    str raw;               /* the whole token */
};

void xml_whole(struct xml *x, struct op *op, str text, str where);
void xml_part(struct xml *x, struct op *op, struct zip_part *part, str where);
bool xml_next(struct xml *x); /* false: failed */
/* Passes over what is inside the element that has just begun, unread, up to its end tag, which comes next. For elements
 * that do not contain their like, nor their end tag inside CDATA. */
bool xml_pass(struct xml *x);

/* A shortcut for what a sheet is full of: after XML_OPEN of <v>, takes "text</v>" in one step if it lies ready, leaving
 * the scanner at that end tag. False: nothing was taken, go on with xml_next. */
bool xml_leaf(struct xml *x, str *ret);
/* The same for a whole cell, after XML_OPEN of <c>: "<v>text</v></c>", or "<is><t>text</t></is></c>" where the text is
 * `within`. */
bool xml_cell(struct xml *x, bool within, str *ret);

/* Names are literals: their lengths are the compiler's work. */
static inline bool xml_named(const struct xml *x, str name)
{
    return x->name.n == name.n && memcmp(x->name.p, name.p, name.n) == 0;
}
/* An element begins: <name> or <name/>. */
static inline bool xml_opens(const struct xml *x, const char *name)
{
    return (x->kind == XML_OPEN || x->kind == XML_EMPTY) && xml_named(x, (str){name, strlen(name)});
}
static inline bool xml_closes(const struct xml *x, const char *name)
{
    return x->kind == XML_CLOSE && xml_named(x, (str){name, strlen(name)});
}
/* How deep the element of this tag stands: the root 0, <sheetData> 1, <row> 2, <c> 3. */
static inline int xml_level(const struct xml *x)
{
    return x->depth - (x->kind == XML_OPEN);
}
/* The element that has just begun, its children and its end; *ret: its text, decoded, in the op. */
bool xml_element_text(struct xml *x, str *ret);

/* Walks the attributes: local name and value as written. */
bool xml_attr_next(str *attrs, str *ret_name, str *ret_value);
bool xml_attr(const struct xml *x, const char *name, str *ret);   /* as written; false: absent */
str  xml_attr_text(const struct xml *x, const char *name);        /* decoded, in the op; empty: absent */
bool xml_attr_true(const struct xml *x, const char *name, bool otherwise); /* 1, true, on */
bool xml_attr_int(const struct xml *x, const char *name, int64_t *ret);

/* Decodes entities, and for cells Excel's _xHHHH_ (ECMA-376 part 1, 22.9.2.19), writing at most as many bytes as
 * `raw` has. Returns the number of bytes, or SIZE_MAX: not well formed, or not UTF-8. */
size_t xml_decode(str raw, bool cell, char *to);

/* Escapes for an element or an attribute; control characters become _xHHHH_, and what is not UTF-8 U+FFFD. */
void xml_escape(struct buf *b, str text);
/* The same in pieces: takes from the front of *text what fits into `room` bytes (at least XML_ESCAPE_MAX), returns
 * the bytes written. */
enum { XML_ESCAPE_MAX = 8 };
size_t xml_escape_some(str *text, char *to, size_t room);

bool xml_broken(struct xml *x, const char *what); /* records the fault, returns false */
