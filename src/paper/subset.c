/* Fonts cut to the glyphs of one document. */
#include "paper/inner.h"

hb_face_t *face_cut(const struct paper_face *face, const hb_set_t *glyphs, bool keep_ids, hb_subset_plan_t **ret_plan)
{
    static const hb_tag_t tables[] = {
        HB_TAG('G', 'S', 'U', 'B'), HB_TAG('G', 'P', 'O', 'S'), HB_TAG('G', 'D', 'E', 'F'), HB_TAG('B', 'A', 'S', 'E'),
        HB_TAG('V', 'O', 'R', 'G'), HB_TAG('D', 'S', 'I', 'G'), HB_TAG('v', 'h', 'e', 'a'), HB_TAG('v', 'm', 't', 'x')};
    hb_subset_input_t *input = hb_subset_input_create_or_fail();
    must(input);
    hb_set_union(hb_subset_input_glyph_set(input), glyphs);
    hb_set_t *drop = hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG);
    for (size_t i = 0; i < COUNT(tables); i++)
        hb_set_add(drop, tables[i]);
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NOTDEF_OUTLINE | HB_SUBSET_FLAGS_NO_HINTING |
                                         (keep_ids ? (unsigned)HB_SUBSET_FLAGS_RETAIN_GIDS : 0));
    hb_subset_plan_t *plan = hb_subset_plan_create_or_fail(face->hb, input);
    hb_face_t *made = plan ? hb_subset_plan_execute_or_fail(plan) : NULL;
    hb_subset_input_destroy(input);
    if (!made) {
        hb_subset_plan_destroy(plan);
        return NULL;
    }
    hb_blob_t *bytes = hb_face_reference_blob(made); /* a face that was just built does not list its tables */
    hb_face_t *cut = hb_face_create(bytes, 0);
    hb_blob_destroy(bytes);
    hb_face_destroy(made);
    *ret_plan = plan;
    return cut;
}
