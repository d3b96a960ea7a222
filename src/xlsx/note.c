#include "xlsx/note.h"

#define SPACES                                                                                                       \
    " xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\""                 \
    " xmlns:x=\"urn:schemas-microsoft-com:office:excel\""
const str note_vml_spaces = SC(SPACES);
const str note_vml_head = SC("<xml" SPACES "><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/>"
                             "</o:shapelayout>");
const str note_vml_tail = SC("</xml>");
const str note_comments_tail = SC("</commentList></comments>");

void note_comments_head(struct buf *b, str author)
{
    buf_add(b, S("<comments xmlns=\"" XLSX_NS "\"><authors><author>"));
    xml_escape(b, author);
    buf_add(b, S("</author></authors><commentList>"));
}

void note_comment(struct buf *b, str prefix, uint32_t row, uint32_t column, size_t author, str text)
{
    str ref = xlsx_ref(b->op, row, column);
    buf_text(b, "<%.*scomment ref=\"%.*s\" authorId=\"%zu\">", PS(prefix), PS(ref), author);
    buf_text(b, "<%.*stext><%.*st xml:space=\"preserve\">", PS(prefix), PS(prefix));
    xml_escape(b, text);
    buf_text(b, "</%.*st></%.*stext></%.*scomment>", PS(prefix), PS(prefix), PS(prefix));
}

void note_shapetype(struct buf *b, str spaces)
{
    buf_text(b,
             "<v:shapetype%.*s id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\""
             " path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\""
             " o:connecttype=\"rect\"/></v:shapetype>",
             PS(spaces));
}

void note_shape(struct buf *b, str spaces, unsigned number, uint32_t row, uint32_t column)
{
    uint32_t top = row > 1 ? row - 2 : 0;
    buf_text(b,
             "<v:shape%.*s id=\"_x0000_s%u\" type=\"#_x0000_t202\" style=\"position:absolute;visibility:hidden\""
             " fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/><v:path o:connecttype=\"none\"/>"
             "<v:textbox style=\"mso-direction-alt:auto\"/><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/>"
             "<x:SizeWithCells/><x:Anchor>%u,15,%u,2,%u,15,%u,4</x:Anchor><x:AutoFill>False</x:AutoFill>"
             "<x:Row>%u</x:Row><x:Column>%u</x:Column></x:ClientData></v:shape>",
             PS(spaces), 1024 + number, column, top, column + 3, top + 5, row - 1, column - 1);
}
