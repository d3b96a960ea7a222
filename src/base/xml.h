/* xml: a whole document as a tree in the op, for models (DMN, BPMN) and other small trusted-by-nobody documents.
 * Large streams (workbooks) have their own scanner in room xlsx.
 *
 *     struct xtree *root;
 *     if (!xtree_parse(op, bytes, S("政策.dmn"), &root))
 *         return false;                                     // 政策.dmn 第3行第7字：……
 *     for (const struct xtree *e = xtree_first(root, "decision"); e; e = xtree_next(e, "decision"))
 *         use(xtree_attr(e, "name"), e->line);
 *
 * Names are matched by their local part; `ns` holds the namespace for who cares. A document type declaration is
 * refused, so there are no entities to expand; size, depth and count are bounded. XML 1.0 and Namespaces 1.0 by expat;
 * encodings UTF-8, UTF-16, ISO-8859-1, US-ASCII, windows-1252, and what Chinese tools declare: GBK, GB2312, GB18030.
 * xtree_write gives the document back: prefixes, namespace declarations, comments and mixed text are kept. */
#pragma once
#include "base/base.h"

enum {
    XTREE_BYTES_MAX = 32 << 20, /* the largest model seen in the field is under 2 MB */
    XTREE_DEPTH_MAX = 200,      /* deeper than any model; recursion over the tree is safe */
    XTREE_NODES_MAX = 500000,
};

struct xattr {
    const struct xattr *next;
    str ns, name, value; /* ns is empty for an attribute without prefix */
    str prefix;
};

struct xtree {
    str ns, name;
    str text;                        /* all character data directly inside, white space kept */
    const struct xattr *attrs;       /* in the order written */
    struct xtree *up, *first, *next; /* first child, next sibling */
    struct xtree *last;
    int line, column;                /* of the < that opens it, from 1 */
    str prefix;
    const struct xattr *spaces;      /* namespaces declared here: name is the prefix, value the namespace */
    str before, rest;                /* markup (text, comments) before it, and between its last child and its end */
    str after;                       /* of the root: comments behind it */
};

/* What is well-formed and not read all the same: where that shows, and why. */
struct xtree_limit {
    int line, column;
    str why;
};

/* `where` names the document in faults. False: not well-formed. True without a tree: beyond a limit; ret_limit says which (behind
 * a DOCTYPE nothing is looked at, whatever it declares). */
[[nodiscard]] bool xtree_read(struct op *op, str text, str where, struct xtree **ret, struct xtree_limit *ret_limit);
/* The same for whom it is all one. */
[[nodiscard]] bool xtree_parse(struct op *op, str text, str where, struct xtree **ret);
/* The document as it can be kept and shown: what declares a Chinese encoding becomes UTF-8 and says so, all else
 * stays. */
[[nodiscard]] bool xml_text(struct op *op, str bytes, str where, str *ret);
const struct xtree *xtree_first(const struct xtree *parent, const char *name); /* NULL name: any; NULL: none */
const struct xtree *xtree_next(const struct xtree *e, const char *name);
bool xtree_is(const struct xtree *e, const char *name);
str  xtree_attr(const struct xtree *e, const char *name);       /* empty: absent; without a prefix before one with it */
bool xtree_has(const struct xtree *e, const char *name);
str  xtree_own(const struct xtree *e, const char *name);        /* without a prefix, or in the element's own namespace: no other vendor's */
bool xtree_owns(const struct xtree *e, const char *name);
str  xtree_text(const struct xtree *parent, const char *name);  /* of its first child so named, trimmed; empty: none */
void xtree_escape(struct buf *b, str text);                     /* for text and attribute values alike */
void xtree_escape_text(struct buf *b, str text);                /* no more than text needs: quotes and lines stay */
void xtree_write(struct buf *b, const struct xtree *root);      /* the whole document, UTF-8 */

/* A document given back in part, or changed on its way: one element with all inside it, or its tags alone (an element
 * that is written by its tags has an end tag). */
void xtree_element(struct buf *b, const struct xtree *e);
void xtree_tag(struct buf *b, const struct xtree *e), xtree_tag_end(struct buf *b, const struct xtree *e);
/* The text of an element without children; an attribute without a namespace, put in place of the one that is there. */
void xtree_text_set(struct op *op, struct xtree *e, str text);
void xtree_attr_set(struct op *op, struct xtree *e, const char *name, str value);
void xtree_attr_drop(struct xtree *e, const char *name);
