/* What stands beside the sheets of a workbook: how cells look, which sheets there are, what is said about it. */
#include "xlsx/write.h"

/* ---- looks ------------------------------------------------------------------------------------------------- */

enum font {
    FONT_PLAIN,
    FONT_TITLE,
    FONT_SUBTITLE,
    FONT_HEADING,
    FONT_REQUIRED,
    FONT_BODY,
    FONT_BOLD,
    FONT_NOTE,
    FONT_GREY,
    FONTS
};
enum fill { FILL_NONE, FILL_GREY125, FILL_HEADING, FILL_RED, FILLS };
enum { BORDER_NONE, BORDER_THIN };
enum { FORMAT_DATE = 164, FORMAT_DATE_TIME = 165 };

/* GB/T 9704 names the typefaces; where one is not installed, Excel and WPS take the nearest of the same charset. */
static const struct {
    const char *name;
    int size;
    const char *extra;
} fonts[] = {
    [FONT_PLAIN] = {"宋体", 11, ""},
    [FONT_TITLE] = {"方正小标宋简体", 22, ""},
    [FONT_SUBTITLE] = {"仿宋", 12, ""},
    [FONT_HEADING] = {"黑体", 11, ""},
    [FONT_REQUIRED] = {"黑体", 11, "<color rgb=\"FFC00000\"/>"},
    [FONT_BODY] = {"仿宋", 11, ""},
    [FONT_BOLD] = {"仿宋", 11, "<b/>"},
    [FONT_NOTE] = {"仿宋", 10, ""},
    [FONT_GREY] = {"仿宋", 11, "<color rgb=\"FF808080\"/>"},
};
static_assert(COUNT(fonts) == FONTS, "every font is described");

static const char *fills[] = {
    [FILL_NONE] = "<patternFill patternType=\"none\"/>",
    [FILL_GREY125] = "<patternFill patternType=\"gray125\"/>", /* the first two are fixed by Excel */
    [FILL_HEADING] = "<patternFill patternType=\"solid\"><fgColor rgb=\"FFEDEDED\"/></patternFill>",
    [FILL_RED] = "<patternFill patternType=\"solid\"><fgColor rgb=\"FFFF7C80\"/></patternFill>",
};
static_assert(COUNT(fills) == FILLS, "every fill is described");

#define CENTRE " horizontal=\"center\""
#define LEFT " horizontal=\"left\""
#define RIGHT " horizontal=\"right\""
#define WRAP " wrapText=\"1\""

static const struct {
    enum font font;
    enum fill fill;
    int border, format;
    const char *align;
    bool locked;
} looks[] = {
    [XLSX_DEFAULT] = {FONT_PLAIN, FILL_NONE, BORDER_NONE, 0, "", false},
    [XLSX_TITLE] = {FONT_TITLE, FILL_NONE, BORDER_NONE, 0, CENTRE, false},
    [XLSX_SUBTITLE] = {FONT_SUBTITLE, FILL_NONE, BORDER_NONE, 0, LEFT, false},
    [XLSX_SUBTITLE_RIGHT] = {FONT_SUBTITLE, FILL_NONE, BORDER_NONE, 0, RIGHT, false},
    [XLSX_HEADING] = {FONT_HEADING, FILL_HEADING, BORDER_THIN, 0, CENTRE WRAP, false},
    [XLSX_REQUIRED] = {FONT_REQUIRED, FILL_HEADING, BORDER_THIN, 0, CENTRE WRAP, false},
    [XLSX_PARAGRAPH] = {FONT_BODY, FILL_NONE, BORDER_THIN, 0, LEFT WRAP, false},
    [XLSX_CENTRED] = {FONT_BODY, FILL_NONE, BORDER_THIN, 0, CENTRE, false},
    [XLSX_ID] = {FONT_BODY, FILL_NONE, BORDER_THIN, 49, CENTRE, false},
    [XLSX_INTEGER] = {FONT_BODY, FILL_NONE, BORDER_THIN, 1, RIGHT, false},
    [XLSX_DECIMAL2] = {FONT_BODY, FILL_NONE, BORDER_THIN, 2, RIGHT, false},
    [XLSX_MONEY] = {FONT_BODY, FILL_NONE, BORDER_THIN, 4, RIGHT, false},
    [XLSX_PERCENT2] = {FONT_BODY, FILL_NONE, BORDER_THIN, 10, RIGHT, false},
    [XLSX_DATE] = {FONT_BODY, FILL_NONE, BORDER_THIN, FORMAT_DATE, CENTRE, false},
    [XLSX_DATE_TIME] = {FONT_BODY, FILL_NONE, BORDER_THIN, FORMAT_DATE_TIME, CENTRE, false},
    [XLSX_TOTAL] = {FONT_BOLD, FILL_NONE, BORDER_THIN, 0, CENTRE, false},
    [XLSX_TOTAL_INTEGER] = {FONT_BOLD, FILL_NONE, BORDER_THIN, 1, RIGHT, false},
    [XLSX_TOTAL_DECIMAL2] = {FONT_BOLD, FILL_NONE, BORDER_THIN, 2, RIGHT, false},
    [XLSX_TOTAL_MONEY] = {FONT_BOLD, FILL_NONE, BORDER_THIN, 4, RIGHT, false},
    [XLSX_NOTE] = {FONT_NOTE, FILL_NONE, BORDER_NONE, 0, LEFT WRAP, false},
    [XLSX_LOCKED] = {FONT_GREY, FILL_NONE, BORDER_THIN, 49, LEFT, true},
    [XLSX_WRONG] = {FONT_BODY, FILL_RED, BORDER_THIN, 49, LEFT WRAP, false},
};
static_assert(COUNT(looks) == XLSX_STYLES, "every style has a look");

/* ---- parts ------------------------------------------------------------------------------------------------- */

static void styles_write(struct xlsx_out *out)
{
    xout_part(out, S("xl/styles.xml"));
    xout_text(out,
             "<styleSheet xmlns=\"" XLSX_NS "\"><numFmts count=\"2\"><numFmt numFmtId=\"%d\" "
                                            "formatCode=\"yyyy\\-mm\\-dd\"/>"
             "<numFmt numFmtId=\"%d\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm\"/></numFmts><fonts count=\"%zu\">",
             FORMAT_DATE, FORMAT_DATE_TIME, COUNT(fonts));
    for (size_t i = 0; i < COUNT(fonts); i++) {
        bool bold = strcmp(fonts[i].extra, "<b/>") == 0; /* the schema wants <b/> first, <color/> after the size */
        xout_text(out, "<font>%s<sz val=\"%d\"/>%s<name val=\"%s\"/><charset val=\"134\"/></font>", bold ? "<b/>" : "",
                 fonts[i].size, bold ? "" : fonts[i].extra, fonts[i].name);
    }
    xout_text(out, "</fonts><fills count=\"%zu\">", COUNT(fills));
    for (size_t i = 0; i < COUNT(fills); i++)
        xout_text(out, "<fill>%s</fill>", fills[i]);
    xout_text(out,
             "</fills><borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border><border>"
             "<left style=\"thin\"/><right style=\"thin\"/><top style=\"thin\"/><bottom "
             "style=\"thin\"/><diagonal/></border>"
             "</borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
             "borderId=\"0\"/></cellStyleXfs>"
             "<cellXfs count=\"%zu\">",
             COUNT(looks));
    for (size_t i = 0; i < COUNT(looks); i++)
        xout_text(out,
                 "<xf numFmtId=\"%d\" fontId=\"%d\" fillId=\"%d\" borderId=\"%d\" xfId=\"0\" applyNumberFormat=\"1\""
                 " applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\" applyProtection=\"1\">"
                 "<alignment%s vertical=\"center\"/><protection locked=\"%d\"/></xf>",
                 looks[i].format, looks[i].font, looks[i].fill, looks[i].border, looks[i].align, looks[i].locked);
    xout_add(out,
             S("</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
               "</styleSheet>"));
}

/* 'a''b' : a sheet's name within a formula. */
static void add_sheet_name(struct xlsx_out *out, str name)
{
    xout_add(out, S("'"));
    for (size_t i = 0, from = 0; i <= name.n; i++)
        if (i == name.n || name.p[i] == '\'') {
            xout_escaped(out, str_part(name, from, i));
            if (i < name.n)
                xout_add(out, S("''"));
            from = i + 1;
        }
    xout_add(out, S("'!"));
}

static void workbook_write(struct xlsx_out *out)
{
    static const char *states[] = {"", " state=\"hidden\"", " state=\"veryHidden\""};
    size_t active = 0, names = 0;
    while (active < out->sheets.n && out->sheets.p[active].visibility != XLSX_VISIBLE)
        active++;
    xout_part(out, S("xl/workbook.xml"));
    xout_text(out, "<workbook xmlns=\"" XLSX_NS "\" xmlns:r=\"" REL_NS "\"><bookViews><workbookView activeTab=\"%zu\"/>"
             "</bookViews><sheets>", active);
    for (size_t i = 0; i < out->sheets.n; i++) {
        const struct sheet *s = &out->sheets.p[i];
        xout_add(out, S("<sheet name=\""));
        xout_escaped(out, s->name);
        xout_text(out, "\" sheetId=\"%zu\"%s r:id=\"rId%zu\"/>", i + 1, states[s->visibility], i + 1);
        names += (s->filter.row > 0) + (s->repeat_from > 0);
    }
    xout_add(out, S("</sheets>"));
    if (names)
        xout_add(out, S("<definedNames>"));
    for (size_t i = 0; i < out->sheets.n; i++) {
        const struct sheet *s = &out->sheets.p[i];
        if (s->filter.row) {
            xout_text(out, "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"%zu\" hidden=\"1\">", i);
            add_sheet_name(out, s->name);
            xout_range(out, s->filter, true);
            xout_add(out, S("</definedName>"));
        }
        if (s->repeat_from) {
            xout_text(out, "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"%zu\">", i);
            add_sheet_name(out, s->name);
            xout_text(out, "$%u:$%u</definedName>", s->repeat_from, s->repeat_to);
        }
    }
    if (names)
        xout_add(out, S("</definedNames>"));
    xout_add(out, S("<calcPr calcId=\"191029\" fullCalcOnLoad=\"1\"/></workbook>"));

    xout_part(out, S("xl/_rels/workbook.xml.rels"));
    xout_add(out, S("<Relationships xmlns=\"" PACKAGE_NS "/relationships\">"));
    for (size_t i = 1; i <= out->sheets.n; i++)
        xout_text(out,
                 "<Relationship Id=\"rId%zu\" Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet%zu.xml\"/>", i,
                 i);
    xout_text(out, "<Relationship Id=\"rId%zu\" Type=\"" REL_NS "/styles\" Target=\"styles.xml\"/></Relationships>",
             out->sheets.n + 1);
}

static void properties_write(struct xlsx_out *out)
{
    struct date d = date_of(day_at(out->op->now - TOWN_OFFSET_MS)); /* UTC */
    int64_t seconds = ((out->op->now / 1000) % 86400 + 86400) % 86400;
    xout_part(out, S("docProps/core.xml"));
    xout_text(out,
             "<cp:coreProperties xmlns:cp=\"" PACKAGE_NS "/metadata/core-properties\""
             " xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\""
             " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:creator>" NOTE_AUTHOR "</dc:creator>"
             "<dcterms:created xsi:type=\"dcterms:W3CDTF\">%04d-%02d-%02dT%02d:%02d:%02dZ</dcterms:created>"
             "</cp:coreProperties>",
             d.year, d.month, d.day, (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    xout_part(out, S("docProps/app.xml"));
    xout_add(out, S("<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">"
               "<Application>" NOTE_AUTHOR "</Application></Properties>"));
    if (out->properties.n == 0)
        return;
    xout_part(out, S("docProps/custom.xml"));
    xout_add(out, S("<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\""
               " xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">"));
    for (size_t i = 0; i < out->properties.n; i += 2) {
        xout_text(out, "<property fmtid=\"{D5CDD505-2E9C-101B-9397-08002B2CF9AE}\" pid=\"%zu\" name=\"", i / 2 + 2);
        xout_escaped(out, out->properties.p[i]);
        xout_add(out, S("\"><vt:lpwstr>"));
        xout_escaped(out, out->properties.p[i + 1]);
        xout_add(out, S("</vt:lpwstr></property>"));
    }
    xout_add(out, S("</Properties>"));
}

static void package_write(struct xlsx_out *out)
{
    bool custom = out->properties.n > 0;
    xout_part(out, S("_rels/.rels"));
    xout_text(out,
             "<Relationships xmlns=\"" PACKAGE_NS "/relationships\"><Relationship Id=\"rId1\" Type=\"" REL_NS
             "/officeDocument\" Target=\"xl/workbook.xml\"/><Relationship Id=\"rId2\" Type=\"" PACKAGE_NS
             "/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/><Relationship Id=\"rId3\" "
             "Type=\"" REL_NS "/extended-properties\" Target=\"docProps/app.xml\"/>%s</Relationships>",
             custom ? "<Relationship Id=\"rId4\" Type=\"" REL_NS "/custom-properties\" "
                                                                 "Target=\"docProps/custom.xml\"/>"
                    : "");
    xout_part(out, S("[Content_Types].xml"));
#define OFFICE "application/vnd.openxmlformats-officedocument."
    xout_text(out,
             "<Types xmlns=\"" PACKAGE_NS "/content-types\"><Default Extension=\"rels\""
             " ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\""
             " ContentType=\"application/xml\"/><Default Extension=\"vml\" ContentType=\"" TYPE_VML "\"/>"
             "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" OFFICE "spreadsheetml.sheet.main+xml\"/>"
             "<Override PartName=\"/xl/styles.xml\" ContentType=\"" OFFICE "spreadsheetml.styles+xml\"/>"
             "<Override PartName=\"/docProps/core.xml\""
             " ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>"
             "<Override PartName=\"/docProps/app.xml\" ContentType=\"" OFFICE "extended-properties+xml\"/>%s",
             custom ? "<Override PartName=\"/docProps/custom.xml\" ContentType=\"" OFFICE "custom-properties+xml\"/>"
                    : "");
    for (size_t i = 1; i <= out->sheets.n; i++) {
        xout_text(out, "<Override PartName=\"/xl/worksheets/sheet%zu.xml\" ContentType=\"" OFFICE
                 "spreadsheetml.worksheet+xml\"/>", i);
        if (out->sheets.p[i - 1].comments)
            xout_text(out, "<Override PartName=\"/xl/comments%zu.xml\" ContentType=\"" TYPE_COMMENTS "\"/>", i);
    }
#undef OFFICE
    xout_add(out, S("</Types>"));
}

void xout_book(struct xlsx_out *out)
{
    styles_write(out);
    workbook_write(out);
    properties_write(out);
    package_write(out);
}
