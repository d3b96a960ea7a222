#include "ledger/inner.h"

bool pack_files(struct op *op, str packs_folder, str kind, str ending, struct pack_file **ret, size_t *ret_count)
{
    struct { struct pack_file *p; size_t n, cap; } all = {0};
    str *packs, *names;
    size_t pack_count, count;
    if (!folder_list(op, packs_folder, &packs, &pack_count))
        return false;
    for (size_t i = 0; i < pack_count; i++) {
        str folder = op_text(op, "%.*s/%.*s/%.*s", PS(packs_folder), PS(packs[i]), PS(kind));
        folder_files(op, folder, ending, &names, &count);
        for (size_t k = 0; k < count; k++)
            *list_add(op, &all) = (struct pack_file){.pack = packs[i],
                                                     .folder = folder,
                                                     .name = names[k],
                                                     .path = op_text(op, "%.*s/%.*s", PS(folder), PS(names[k])),
                                                     .said = op_text(op, "%.*s/%.*s/%.*s", PS(packs[i]), PS(kind), PS(names[k]))};
    }
    *ret = all.p;
    *ret_count = all.n;
    return true;
}
