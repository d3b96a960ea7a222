/* Functions `external {java: {class: …, method signature: …}}` (DMN 1.5, 10.3.2.13.3). No foreign code is ever loaded:
 * models exchanged with other engines find these few pure functions here, and anything else is null. */
#include "feel/tree.h"

typedef bool external(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret);

static bool x_max(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    if (count != 2 || args[0].kind != FEEL_NUMBER || args[1].kind != FEEL_NUMBER)
        return false;
    *ret = dec_cmp(args[0].number, args[1].number) < 0 ? args[1] : args[0];
    return true;
}

static bool x_min(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    if (count != 2 || args[0].kind != FEEL_NUMBER || args[1].kind != FEEL_NUMBER)
        return false;
    *ret = dec_cmp(args[0].number, args[1].number) < 0 ? args[0] : args[1];
    return true;
}

static bool x_abs(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    if (count != 1 || args[0].kind != FEEL_NUMBER)
        return false;
    *ret = feel_of_dec(dec_abs(args[0].number));
    return true;
}

/* Cosine and sine by their series after taking whole turns away; 30 terms reach the 34th digit within ±pi. */
static bool trigonometric(const feel_value *args, size_t count, bool sine, feel_value *ret)
{
    dec turn, x, term, sum, square;
    if (count != 1 || args[0].kind != FEEL_NUMBER || !dec_parse(S("6.283185307179586476925286766559006"), &turn) ||
        !dec_modulo(args[0].number, turn, &x) || !dec_mul(x, x, &square))
        return false;
    sum = term = sine ? x : dec_of(1);
    for (int i = sine ? 2 : 1; i < 80; i += 2)
        if (!dec_mul(term, square, &term) || !dec_div(dec_neg(term), dec_of((int64_t)i * (i + 1)), &term) ||
            !dec_add(sum, term, &sum))
            return false;
    *ret = feel_of_dec(sum);
    return true;
}

static bool x_cos(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    return trigonometric(args, count, false, ret);
}

static bool x_sin(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    return trigonometric(args, count, true, ret);
}

static bool x_number(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    ret->kind = FEEL_NUMBER;
    if (count == 1 && args[0].kind == FEEL_NUMBER)
        *ret = args[0];
    return count == 1 &&
           (args[0].kind == FEEL_NUMBER || (args[0].kind == FEEL_TEXT && dec_parse(args[0].text, &ret->number)));
}

static bool x_char(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    (void)run;
    if (count != 1 || args[0].kind != FEEL_TEXT || utf8_count(args[0].text) != 1)
        return false;
    *ret = args[0];
    return true;
}

static bool x_format(struct feel_run *run, const feel_value *args, size_t count, feel_value *ret)
{
    struct buf b;
    size_t used = 1;
    if (count == 0 || args[0].kind != FEEL_TEXT)
        return false;
    buf_init(&b, run->op, 0);
    for (size_t i = 0; i < args[0].text.n; i++) {
        char c = args[0].text.p[i], next = i + 1 < args[0].text.n ? args[0].text.p[i + 1] : 0;
        if (c != '%') {
            buf_byte(&b, c);
            continue;
        }
        if (next == '%')
            buf_byte(&b, '%');
        else if (next == 's' && used < count)
            buf_add(&b, feel_text_of(run->op, args[used++]));
        else
            return false;
        i++;
    }
    *ret = feel_of_text(op_copy(run->op, buf_str(&b)));
    return true;
}

static const struct {
    str class, signature; /* without spaces */
    external *call;
} externals[] = {
    {SC("java.lang.Math"), SC("max(double,double)"), x_max}, {SC("java.lang.Math"), SC("max(float,float)"), x_max},
    {SC("java.lang.Math"), SC("max(int,int)"), x_max}, {SC("java.lang.Math"), SC("max(long,long)"), x_max},
    {SC("java.lang.Math"), SC("min(double,double)"), x_min}, {SC("java.lang.Math"), SC("min(float,float)"), x_min},
    {SC("java.lang.Math"), SC("min(int,int)"), x_min}, {SC("java.lang.Math"), SC("min(long,long)"), x_min},
    {SC("java.lang.Math"), SC("abs(double)"), x_abs}, {SC("java.lang.Math"), SC("cos(double)"), x_cos},
    {SC("java.lang.Math"), SC("sin(double)"), x_sin},
    {SC("java.lang.Byte"), SC("valueOf(byte)"), x_number}, {SC("java.lang.Short"), SC("valueOf(short)"), x_number},
    {SC("java.lang.Integer"), SC("valueOf(int)"), x_number}, {SC("java.lang.Long"), SC("valueOf(long)"), x_number},
    {SC("java.lang.Integer"), SC("valueOf(java.lang.String)"), x_number},
    {SC("java.lang.Long"), SC("valueOf(java.lang.String)"), x_number},
    {SC("java.lang.Float"), SC("valueOf(java.lang.String)"), x_number},
    {SC("java.lang.Double"), SC("valueOf(java.lang.String)"), x_number},
    {SC("java.lang.String"), SC("valueOf(char)"), x_char},
    {SC("java.lang.String"), SC("format(java.lang.String,[Ljava.lang.Object;)"), x_format},
};

feel_value feel_external(struct feel_run *run, feel_value mapping, const feel_value *args, size_t count)
{
    feel_value java = feel_get(mapping, S("java")), class = feel_get(java, S("class")),
               signature = feel_get(java, S("method signature"));
    if (class.kind != FEEL_TEXT || signature.kind != FEEL_TEXT)
        return NOTE_NULL(run, "外部函数只支持 {java: {class, method signature}} 的写法");
    struct buf plain;
    buf_init(&plain, run->op, 0);
    for (size_t i = 0; i < signature.text.n; i++)
        if (signature.text.p[i] != ' ')
            buf_byte(&plain, signature.text.p[i]);
    for (size_t i = 0; i < COUNT(externals); i++)
        if (str_eq(externals[i].class, class.text) && str_eq(externals[i].signature, buf_str(&plain))) {
            feel_value v;
            return externals[i].call(run, args, count, &v) ? v : NOTE_NULL(run, "外部函数的参数不对");
        }
    return NOTE_NULL(run, "不支持外部函数 %.*s.%.*s", PS(class.text), PS(signature.text));
}
