#include "base/encoding.h"
#include "base/test.h"
#include "base/xml.h"

TEST("a document becomes a tree with names, namespaces, texts and places")
{
    struct xtree *root;
    str text = S("<?xml version=\"1.0\"?>\n<d:定义 xmlns:d=\"urn:d\" name=\"政 策\" d:kind=\"x\">\n  <d:项> 甲 "
                 "<b/>乙&amp;</d:项>\n"
                 "  <项><![CDATA[<丙>]]></项>\n</d:定义>");
    check(xtree_parse(op, text, S("a.xml"), &root));
    check_str(root->name, S("定义"));
    check_str(root->ns, S("urn:d"));
    check_str(xtree_attr(root, "name"), S("政 策"));
    check(xtree_has(root, "kind") && !xtree_has(root, "missing"));
    const struct xtree *one = xtree_first(root, "项"), *two = xtree_next(one, "项");
    check_str(one->text, S(" 甲 乙&"));
    check_str(two->text, S("<丙>"));
    check_str(xtree_text(root, "项"), S("甲 乙&"));
    check(one->line == 3 && one->column == 3 && !xtree_next(two, "项") && two->up == root && two->ns.n == 0);
}

TEST("what is no XML, or dangerous XML, is a fault that names file, line and cure")
{
    static const char *bad[] = {"", "<a>", "<a></b>", "<a x='1' x='2'/>", "<a/><b/>", "<a>&x;</a>", "<p:a/>", "text",
                                "\xff\xfe\x00",
                                "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                                "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><a>&b;</a>"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct xtree *root = NULL;
        check(!xtree_parse(op, str_z(bad[i]), S("坏.dmn"), &root) && !root);
        check(op->fault_count == 1 && str_starts(op->faults->field, S("坏.dmn 第")));
        op_forgive(op, 0);
    }
}

TEST("a document that says it is GBK, GB2312 or GB18030 is read as that; a byte that is not is named by its place")
{
    static const char *const names[] = {"GBK", "gb2312", "GB18030", "cp936"};
    struct xtree *root;
    str bytes, bad;
    for (size_t i = 0; i < COUNT(names); i++) {
        str text = op_text(op, "<?xml version=\"1.0\" encoding = '%s' ?>\n<流程 name=\"联通镕\">收文办理</流程>", names[i]);
        check(encoding_write(op, ENCODING_GB18030, text, &bytes, &bad));
        check(xtree_parse(op, bytes, S("甲.bpmn"), &root));
        check_str(root->name, S("流程"));
        check_str(xtree_attr(root, "name"), S("联通镕"));
        check_str(root->text, S("收文办理"));
    }
    struct buf b;
    buf_init(&b, op, 0);
    xtree_write(&b, root);
    check(str_starts(buf_str(&b), S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<流程")));
    check(xml_text(op, bytes, S("甲.bpmn"), &bytes) && xml_text(op, bytes, S("甲.bpmn"), &bad) && str_eq(bytes, bad));
    check(str_starts(bytes, S("<?xml version=\"1.0\" encoding = 'UTF-8' ?>\n<流程 name=\"联通镕\">")));
    check(!xtree_parse(op, S("<?xml version=\"1.0\" encoding=\"GBK\"?>\n<a>\xff\xff</a>"), S("坏.bpmn"), &root));
    check_str(op->faults->field, S("坏.bpmn 第2行第4字"));
    op_forgive(op, 0);
    check(!xtree_parse(op, S("<?xml version=\"1.0\" encoding=\"Big5\"?><a/>"), S("坏.bpmn"), &root));
    check(str_starts(op->faults->text, S("编码不认识")));
    op_forgive(op, 0);
}

TEST("depth and count are bounded")
{
    struct xtree *root;
    struct buf b;
    buf_init(&b, op, 0);
    for (int i = 0; i < 10000; i++)
        buf_add(&b, S("<a>"));
    check(!xtree_parse(op, buf_str(&b), S("深.xml"), &root));
    buf_init(&b, op, 0);
    buf_add(&b, S("<a>"));
    for (int i = 0; i <= XTREE_NODES_MAX; i++)
        buf_add(&b, S("<b/>"));
    buf_add(&b, S("</a>"));
    check(!xtree_parse(op, buf_str(&b), S("多.xml"), &root));
    check_int(op->fault_count, 2);
    op_forgive(op, 0);
}

TEST("what is well-formed and beyond a limit is told apart from what is not well-formed, behind the limit too")
{
    static const struct {
        const char *head, *middle, *tail;
        int times, line, column; /* of the limit; 0: not well-formed */
    } cases[] = {
        {"<a>\n", "<b>", "", 300, 0, 0},
        {"<a>\n<x/>", "<b/>", "</b>", XTREE_NODES_MAX + 5, 0, 0},
        {"<a>\n<x/>", "<b/>", "</a>", XTREE_NODES_MAX, 2, 4 * (XTREE_NODES_MAX - 2) + 5},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY e \"eeeeeeeeee\">]>\n<d>", "&e;", "</d>", 10, 2, 13},
        {"<a>", "x", "</a>", XTREE_BYTES_MAX, 1, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct xtree *root;
        struct xtree_limit limit = {0};
        struct buf b;
        struct mark mark = op_mark(op);
        buf_init(&b, op, 0);
        buf_add(&b, str_z(cases[i].head));
        for (int k = 0; k < cases[i].times; k++)
            buf_add(&b, str_z(cases[i].middle));
        buf_add(&b, str_z(cases[i].tail));
        bool read = xtree_read(op, buf_str(&b), S("限.xml"), &root, &limit);
        check(read == (cases[i].line > 0) && !root);
        check(!read || limit.why.n > 0);
        check_int(read ? limit.line : 0, cases[i].line);
        check_int(read ? limit.column : 0, cases[i].column);
        op_forgive(op, 0);
        op_reset(op, mark);
    }
}

TEST("an attribute of another namespace does not stand in the way of the element's own of that name")
{
    struct xtree *root;
    check(xtree_parse(op, S("<a xmlns:v='urn:v' v:id='2' id='1' v:who='x'/>"), S("属性.xml"), &root));
    check_str(xtree_attr(root, "id"), S("1"));
    check_str(xtree_attr(root, "who"), S("x"));
}

TEST("escaped text reads back the same, in an attribute too")
{
    str text = S("<>&\"' 甲\n\t");
    struct xtree *root;
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("<a x=\""));
    xtree_escape(&b, text);
    buf_add(&b, S("\">"));
    xtree_escape(&b, text);
    buf_add(&b, S("</a>"));
    check(xtree_parse(op, buf_str(&b), S("a.xml"), &root));
    check_str(root->text, text);
    check_str(xtree_attr(root, "x"), text);
}

TEST("a document is written back with its prefixes, declarations, comments and mixed text")
{
    struct xtree *root, *again;
    struct buf once, twice;
    str text =
        S("<?xml version='1.0' encoding='ISO-8859-1'?><!--head--><d:a xmlns:d='urn:d' xmlns='urn:e' d:k='1 &lt; 2'>"
          "x<!-- in --><b xml:lang='zh'/>y &amp;\n<?go now?><c xmlns=''>\xE9</c></d:a>");
    check(xtree_parse(op, text, S("a.xml"), &root));
    buf_init(&once, op, 0);
    xtree_write(&once, root);
    check_str(buf_str(&once),
              S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!--head--><d:a xmlns:d=\"urn:d\" xmlns=\"urn:e\""
                " d:k=\"1 &lt; 2\">x<!-- in --><b xml:lang=\"zh\"/>y &amp;\n<?go now?><c xmlns=\"\">é</c></d:a>\n"));
    check(xtree_parse(op, buf_str(&once), S("b.xml"), &again));
    buf_init(&twice, op, 0);
    xtree_write(&twice, again);
    check_str(buf_str(&twice), buf_str(&once));
}

TEST("CDATA sections stay CDATA, and what stands behind the last tag stays there")
{
    struct xtree *root;
    struct buf once;
    str text = S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b><![CDATA[x < 3 && y]]> &lt; <![CDATA[]]></b><?p?></a>\n"
                 "<!-- behind --><?last one?>");
    check(xtree_parse(op, text, S("a.xml"), &root));
    check_str(xtree_text(root, "b"), S("x < 3 && y <"));
    buf_init(&once, op, 0);
    xtree_write(&once, root);
    check_str(buf_str(&once), text);
}
