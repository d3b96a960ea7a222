/* Values as JSON says them; places and files, which have no other form. */
#include "ledger/check_kinds.h"

/* ---- places and files -------------------------------------------------------------------------------------------- */

/* Degrees; false: not a position in the country (73–136 E, 3–54 N), which is where slips of the hand end up. */
static bool place_keep(struct op *op, str east, str north, struct checked *ret)
{
    enum { SCALE = 7 }; /* a centimetre */
    int64_t x, y;
    enum number_result rx = units_parse(east, SCALE, &x), ry = units_parse(north, SCALE, &y);
    if ((rx != NUMBER_GOOD && rx != NUMBER_FINE) || (ry != NUMBER_GOOD && ry != NUMBER_FINE))
        return check_trouble(op, ret, "坐标应为经度,纬度，如109.1234,40.2345");
    if (y > 730000000 && x < 540000000) { /* written latitude first */
        int64_t swap = x;
        x = y;
        y = swap;
    }
    if (x < 730000000 || x > 1360000000 || y < 30000000 || y > 540000000)
        return check_trouble(op, ret, "坐标%.*s,%.*s不在国内，请核对（先经度后纬度）", PS(str_part(east, 0, 20)),
                       PS(str_part(north, 0, 20)));
    str parts[2] = {units_text(op, x, SCALE), units_text(op, y, SCALE)};
    for (int i = 0; i < 2; i++) {
        while (parts[i].p[parts[i].n - 1] == '0')
            parts[i].n--;
        if (parts[i].p[parts[i].n - 1] == '.')
            parts[i].n--;
    }
    ret->kind = CHECKED_JSON;
    ret->text = op_text(op, "{\"经度\":%.*s,\"纬度\":%.*s}", PS(parts[0]), PS(parts[1]));
    return true;
}

bool check_place(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)f;
    str s = tidy(op, typed, TIDY_MARKS), numbers[3];
    int count = 0;
    if (str_starts(s, S("{"))) {
        struct json *tree;
        int faults = op->fault_count;
        if (json_parse(op, s, &tree))
            return check_json(op, f, tree, ret);
        op_forgive(op, faults);
        return check_trouble(op, ret, "坐标应为经度,纬度，如109.1234,40.2345");
    }
    for (size_t i = 0; i < s.n && count < 3;) {
        size_t from = i;
        while (i < s.n && (is_digit(s.p[i]) || s.p[i] == '.'))
            i++;
        if (i > from)
            numbers[count++] = str_part(s, from, i);
        else
            i++;
    }
    if (count != 2 || text_has(s, S("°")) || text_has(s, S("度")))
        return check_trouble(op, ret, "坐标应为十进制的经度,纬度，如109.1234,40.2345");
    return place_keep(op, numbers[0], numbers[1], ret);
}

bool check_never(struct op *op, const struct field *f, str typed, struct checked *ret)
{
    (void)typed;
    switch (f->type) {
    case F_CHILDREN:
        return check_trouble(op, ret, "本栏由下级表各自填写，不能直接填");
    case F_COMPUTED:
        return check_trouble(op, ret, "本栏由系统计算，不能填写");
    case F_PHOTOS:
    case F_FILES:
    case F_SIGNATURE:
        return check_trouble(op, ret, "本栏须上传文件，不能用文字填写");
    case F_TEXT:
    case F_LONG:
    case F_INT:
    case F_DECIMAL:
    case F_MONEY:
    case F_RATIO:
    case F_DAY:
    case F_TIME:
    case F_MONTH:
    case F_YEAR:
    case F_PERIOD:
    case F_BOOL:
    case F_ENUM:
    case F_ENUMS:
    case F_REF:
    case F_REFS:
    case F_PLACE:
    case F_SERIAL:
    case F_CITIZEN_ID:
    case F_CREDIT_CODE:
    case F_PHONE:
    case F_BANK_CARD:
    case F_CODE:
    case F_TYPES:
        break;
    }
    must(!"a field type without a check");
    return false;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static bool json_refused(struct op *op, const struct field *f, struct checked *ret)
{
    static const str wanted[F_TYPES] = {[F_ENUMS] = SC("文字的数组"),
                                        [F_REFS] = SC("标识的数组"),
                                        [F_PHOTOS] = SC("文件的数组"),
                                        [F_FILES] = SC("文件的数组"),
                                        [F_SIGNATURE] = SC("{\"人\",\"时\",\"图\"}"),
                                        [F_PLACE] = SC("{\"经度\",\"纬度\"}"),
                                        [F_BOOL] = SC("true 或 false")};
    str what = wanted[f->type].n ? wanted[f->type] : S("文字（加引号）");
    return check_trouble(op, ret, "值的形式不对，应为%.*s", PS(what));
}

static bool is_digest(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 64;
}

static bool file_ok(struct op *op, const struct json *file, struct checked *ret)
{
    static const str known[] = {SC("名"), SC("摘要"), SC("大小"), SC("拍摄时间"), SC("坐标")};
    int64_t size;
    for (const struct json *m = file->first; m; m = m->next)
        if (!text_among(m->key, known, COUNT(known)))
            return check_trouble(op, ret, "文件信息不认识“%.*s”", PS(str_part(m->key, 0, utf8_skip(m->key, 20))));
    str name = json_str(file, S("名"));
    if (file->kind != JSON_OBJECT || name.n == 0 || utf8_count(name) > CHECK_TEXT_MAX ||
        !is_digest(json_str(file, S("摘要"))) || !json_get(file, S("大小")) ||
        !json_int(json_get(file, S("大小")), &size) || size < 0)
        return check_trouble(op, ret, "文件信息不完整，请重新上传");
    time_ms t;
    const struct json *taken = json_get(file, S("拍摄时间")), *place = json_get(file, S("坐标"));
    if (taken && taken->kind != JSON_NULL && !time_parse(json_str(file, S("拍摄时间")), &t))
        return check_trouble(op, ret, "照片的拍摄时间不对，请重新上传");
    struct checked c = {0};
    if (place && place->kind != JSON_NULL &&
        !check_json(op, &(struct field){.name = SC("坐标"), .type = F_PLACE}, place, &c)) {
        ret->trouble = c.trouble;
        return false;
    }
    return true;
}

static bool check_json_array(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    bool files = f->type == F_PHOTOS || f->type == F_FILES;
    if (!files && f->type != F_ENUMS && f->type != F_REFS)
        return json_refused(op, f, ret);
    if (value->count > CHECK_LIST_MAX)
        return check_trouble(op, ret, "最多%d项", CHECK_LIST_MAX);
    for (const struct json *e = value->first; e; e = e->next) {
        if (files                    ? !file_ok(op, e, ret)
            : e->kind != JSON_STRING ? !json_refused(op, f, ret)
                                     : !checked_list_add(op, f, e->text, ret))
            return false;
    }
    if (!files)
        return checked_list_end(op, ret);
    if (value->count == 0)
        return true;
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){.b = &b}, value);
    ret->kind = CHECKED_JSON;
    ret->text = buf_str(&b);
    return true;
}

static bool check_json_object(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    if (f->type == F_PLACE) {
        const struct json *east = json_get(value, S("经度")), *north = json_get(value, S("纬度"));
        if (!east || !north || east->kind != JSON_NUMBER || north->kind != JSON_NUMBER || value->count != 2)
            return json_refused(op, f, ret);
        return place_keep(op, east->text, north->text, ret);
    }
    time_ms t;
    str who = json_str(value, S("人"));
    if (f->type != F_SIGNATURE || value->count != 3)
        return json_refused(op, f, ret);
    if (who.n == 0 || utf8_count(who) > CHECK_CODE_MAX || !time_parse(json_str(value, S("时")), &t) ||
        !is_digest(json_str(value, S("图"))))
        return check_trouble(op, ret, "签名不完整，请重新签");
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){.b = &b}, value);
    ret->kind = CHECKED_JSON;
    ret->text = buf_str(&b);
    return true;
}

bool check_json(struct op *op, const struct field *f, const struct json *value, struct checked *ret)
{
    *ret = (struct checked){0};
    if (!value)
        return true;
    bool number =
        f->type == F_INT || f->type == F_DECIMAL || f->type == F_MONEY || f->type == F_RATIO || f->type == F_YEAR;
    switch (value->kind) {
    case JSON_NULL:
        return true;
    case JSON_FALSE:
    case JSON_TRUE:
        return f->type == F_BOOL ? check_text(op, f, value->kind == JSON_TRUE ? S("是") : S("否"), ret)
                                 : json_refused(op, f, ret);
    case JSON_NUMBER:
        return number ? check_text(op, f, value->text, ret) : json_refused(op, f, ret);
    case JSON_STRING:
        return check_text(op, f, value->text, ret);
    case JSON_ARRAY:
        return check_json_array(op, f, value, ret);
    case JSON_OBJECT:
        return check_json_object(op, f, value, ret);
    }
    must(!"a JSON kind without a case");
    return false;
}

void checked_out(struct json_out *w, const struct checked *c)
{
    switch (c->kind) {
    case CHECKED_EMPTY:
        json_null(w);
        return;
    case CHECKED_TEXT:
        json_text(w, c->text);
        return;
    case CHECKED_NUMBER:
    case CHECKED_JSON:
        json_number(w, c->text); /* already JSON */
        return;
    case CHECKED_BOOL:
        json_bool(w, c->number);
        return;
    case CHECKED_LIST:
        json_texts(w, c->list, c->count);
        return;
    }
}
