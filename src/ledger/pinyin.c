/* Pinyin: how a name may be typed, in full and by its initials.
 *
 * The order of Chinese characters by pinyin, which ICU has for sorting, tells a character's usual reading: it is that
 * of the last syllable in the table below whose first character does not come after it. The order takes a few
 * milliseconds to open, where ICU's transliterator takes two hundred. Surnames, places and second readings come from
 * packs/codes/pinyin.csv. */
#include <stdatomic.h>
#include <unicode/ucol.h>

#include "ledger/inner.h"

enum {
    READING_ROWS_MAX = 20000,
    READING_TEXT_MAX = 8,     /* characters of a text in pinyin.csv */
    READING_BYTES_MAX = 64,
    SURNAME_MAX = 2, GIVEN_MAX = 3, /* characters; of a minority's name what follows the dot may be longer */
    NAME_CODES_MAX = 24,      /* longer texts are typed by their beginning */
    NAME_BYTES_MAX = NAME_CODES_MAX * 7, /* zhuang and an apostrophe */
    FIRST = 0x3400, LAST = 0x9FFF, /* characters that are looked for in the order */
};

/* Looking for one costs as much as all else of a name, so what was found is kept. Threads find the same. */
struct order {
    UCollator *collator;
    atomic_ushort *found;     /* of each character from FIRST: 0, or one more than the place in `syllables` */
};

struct reading {
    const struct reading *next;
    bool surname;             /* only where a name begins */
    str *readings;            /* syllables apart by spaces */
    size_t count;
};

/* The first character of every syllable, in the order of pinyin; ü is v. */
static const struct {
    UChar first;
    const char *syllable;
} syllables[] = {
    {u'阿', "a"}, {u'哎', "ai"}, {u'安', "an"}, {u'肮', "ang"}, {u'凹', "ao"}, {u'丷', "ba"}, {u'挀', "bai"},
    {u'扳', "ban"}, {u'邦', "bang"}, {u'勹', "bao"}, {u'陂', "bei"}, {u'奔', "ben"}, {u'伻', "beng"}, {u'屄', "bi"},
    {u'边', "bian"}, {u'灬', "biao"}, {u'憋', "bie"}, {u'汃', "bin"}, {u'冫', "bing"}, {u'癶', "bo"}, {u'峬', "bu"},
    {u'嚓', "ca"}, {u'偲', "cai"}, {u'参', "can"}, {u'仓', "cang"}, {u'撡', "cao"}, {u'冊', "ce"}, {u'嵾', "cen"},
    {u'曽', "ceng"}, {u'叉', "cha"}, {u'芆', "chai"}, {u'辿', "chan"}, {u'伥', "chang"}, {u'抄', "chao"},
    {u'车', "che"}, {u'抻', "chen"}, {u'阷', "cheng"}, {u'吃', "chi"}, {u'充', "chong"}, {u'抽', "chou"},
    {u'出', "chu"}, {u'欻', "chua"}, {u'揣', "chuai"}, {u'巛', "chuan"}, {u'刅', "chuang"}, {u'吹', "chui"},
    {u'旾', "chun"}, {u'逴', "chuo"}, {u'呲', "ci"}, {u'匆', "cong"}, {u'凑', "cou"}, {u'粗', "cu"}, {u'汆', "cuan"},
    {u'崔', "cui"}, {u'邨', "cun"}, {u'搓', "cuo"}, {u'咑', "da"}, {u'呆', "dai"}, {u'丹', "dan"}, {u'当', "dang"},
    {u'刀', "dao"}, {u'嘚', "de"}, {u'扥', "den"}, {u'灯', "deng"}, {u'氐', "di"}, {u'甸', "dian"}, {u'刁', "diao"},
    {u'爹', "die"}, {u'丁', "ding"}, {u'丟', "diu"}, {u'东', "dong"}, {u'吺', "dou"}, {u'厾', "du"}, {u'耑', "duan"},
    {u'垖', "dui"}, {u'吨', "dun"}, {u'多', "duo"}, {u'妸', "e"}, {u'诶', "ei"}, {u'奀', "en"}, {u'鞥', "eng"},
    {u'儿', "er"}, {u'发', "fa"}, {u'帆', "fan"}, {u'匚', "fang"}, {u'飞', "fei"}, {u'分', "fen"}, {u'丰', "feng"},
    {u'覅', "fiao"}, {u'仏', "fo"}, {u'紑', "fou"}, {u'夫', "fu"}, {u'旮', "ga"}, {u'侅', "gai"}, {u'甘', "gan"},
    {u'冈', "gang"}, {u'皋', "gao"}, {u'戈', "ge"}, {u'给', "gei"}, {u'根', "gen"}, {u'刯', "geng"}, {u'工', "gong"},
    {u'勾', "gou"}, {u'估', "gu"}, {u'瓜', "gua"}, {u'乖', "guai"}, {u'关', "guan"}, {u'光', "guang"}, {u'归', "gui"},
    {u'丨', "gun"}, {u'呙', "guo"}, {u'哈', "ha"}, {u'咍', "hai"}, {u'佄', "han"}, {u'夯', "hang"}, {u'茠', "hao"},
    {u'诃', "he"}, {u'黒', "hei"}, {u'拫', "hen"}, {u'亨', "heng"}, {u'噷', "hm"}, {u'叿', "hong"}, {u'齁', "hou"},
    {u'乎', "hu"}, {u'花', "hua"}, {u'怀', "huai"}, {u'欢', "huan"}, {u'巟', "huang"}, {u'灰', "hui"}, {u'昏', "hun"},
    {u'吙', "huo"}, {u'丌', "ji"}, {u'加', "jia"}, {u'戋', "jian"}, {u'江', "jiang"}, {u'艽', "jiao"}, {u'阶', "jie"},
    {u'巾', "jin"}, {u'坕', "jing"}, {u'冂', "jiong"}, {u'丩', "jiu"}, {u'凥', "ju"}, {u'姢', "juan"}, {u'噘', "jue"},
    {u'军', "jun"}, {u'咔', "ka"}, {u'开', "kai"}, {u'刊', "kan"}, {u'忼', "kang"}, {u'尻', "kao"}, {u'匼', "ke"},
    {u'剋', "kei"}, {u'肎', "ken"}, {u'劥', "keng"}, {u'空', "kong"}, {u'抠', "kou"}, {u'扝', "ku"}, {u'夸', "kua"},
    {u'蒯', "kuai"}, {u'宽', "kuan"}, {u'匡', "kuang"}, {u'亏', "kui"}, {u'坤', "kun"}, {u'扩', "kuo"}, {u'垃', "la"},
    {u'来', "lai"}, {u'兰', "lan"}, {u'啷', "lang"}, {u'捞', "lao"}, {u'肋', "le"}, {u'勒', "lei"}, {u'崚', "leng"},
    {u'哩', "li"}, {u'俩', "lia"}, {u'奁', "lian"}, {u'良', "liang"}, {u'撩', "liao"}, {u'毟', "lie"}, {u'拎', "lin"},
    {u'伶', "ling"}, {u'溜', "liu"}, {u'囖', "lo"}, {u'龙', "long"}, {u'瞜', "lou"}, {u'噜', "lu"}, {u'驴', "lv"},
    {u'娈', "luan"}, {u'掠', "lve"}, {u'抡', "lun"}, {u'罗', "luo"}, {u'呣', "m"}, {u'妈', "ma"}, {u'埋', "mai"},
    {u'嫚', "man"}, {u'牤', "mang"}, {u'猫', "mao"}, {u'嚒', "me"}, {u'呅', "mei"}, {u'椚', "men"}, {u'擝', "meng"},
    {u'咪', "mi"}, {u'宀', "mian"}, {u'喵', "miao"}, {u'乜', "mie"}, {u'民', "min"}, {u'名', "ming"}, {u'谬', "miu"},
    {u'摸', "mo"}, {u'哞', "mou"}, {u'毪', "mu"}, {u'嗯', "n"}, {u'拏', "na"}, {u'腉', "nai"}, {u'囡', "nan"},
    {u'囔', "nang"}, {u'孬', "nao"}, {u'疒', "ne"}, {u'娞', "nei"}, {u'恁', "nen"}, {u'能', "neng"}, {u'妮', "ni"},
    {u'拈', "nian"}, {u'娘', "niang"}, {u'鸟', "niao"}, {u'捏', "nie"}, {u'囜', "nin"}, {u'宁', "ning"},
    {u'妞', "niu"}, {u'农', "nong"}, {u'羺', "nou"}, {u'奴', "nu"}, {u'女', "nv"}, {u'奻', "nuan"}, {u'疟', "nve"},
    {u'黁', "nun"}, {u'郍', "nuo"}, {u'喔', "o"}, {u'讴', "ou"}, {u'妑', "pa"}, {u'拍', "pai"}, {u'眅', "pan"},
    {u'乓', "pang"}, {u'抛', "pao"}, {u'呸', "pei"}, {u'喷', "pen"}, {u'匉', "peng"}, {u'丕', "pi"}, {u'囨', "pian"},
    {u'剽', "piao"}, {u'氕', "pie"}, {u'姘', "pin"}, {u'乒', "ping"}, {u'钋', "po"}, {u'剖', "pou"}, {u'仆', "pu"},
    {u'七', "qi"}, {u'掐', "qia"}, {u'千', "qian"}, {u'呛', "qiang"}, {u'悄', "qiao"}, {u'苆', "qie"}, {u'亲', "qin"},
    {u'靑', "qing"}, {u'芎', "qiong"}, {u'丘', "qiu"}, {u'区', "qu"}, {u'奍', "quan"}, {u'缺', "que"}, {u'夋', "qun"},
    {u'呥', "ran"}, {u'穣', "rang"}, {u'娆', "rao"}, {u'惹', "re"}, {u'人', "ren"}, {u'扔', "reng"}, {u'日', "ri"},
    {u'茸', "rong"}, {u'厹', "rou"}, {u'邚', "ru"}, {u'挼', "rua"}, {u'堧', "ruan"}, {u'婑', "rui"}, {u'瞤', "run"},
    {u'捼', "ruo"}, {u'仨', "sa"}, {u'毢', "sai"}, {u'三', "san"}, {u'桒', "sang"}, {u'掻', "sao"}, {u'閪', "se"},
    {u'森', "sen"}, {u'僧', "seng"}, {u'杀', "sha"}, {u'筛', "shai"}, {u'山', "shan"}, {u'伤', "shang"},
    {u'弰', "shao"}, {u'奢', "she"}, {u'谁', "shei"}, {u'申', "shen"}, {u'升', "sheng"}, {u'尸', "shi"},
    {u'収', "shou"}, {u'书', "shu"}, {u'刷', "shua"}, {u'衰', "shuai"}, {u'闩', "shuan"}, {u'双', "shuang"},
    {u'脽', "shui"}, {u'吮', "shun"}, {u'说', "shuo"}, {u'厶', "si"}, {u'忪', "song"}, {u'凁', "sou"}, {u'苏', "su"},
    {u'狻', "suan"}, {u'夊', "sui"}, {u'孙', "sun"}, {u'唆', "suo"}, {u'他', "ta"}, {u'囼', "tai"}, {u'坍', "tan"},
    {u'汤', "tang"}, {u'夲', "tao"}, {u'忑', "te"}, {u'熥', "teng"}, {u'剔', "ti"}, {u'天', "tian"}, {u'旫', "tiao"},
    {u'帖', "tie"}, {u'厅', "ting"}, {u'囲', "tong"}, {u'偷', "tou"}, {u'凸', "tu"}, {u'湍', "tuan"}, {u'推', "tui"},
    {u'吞', "tun"}, {u'乇', "tuo"}, {u'屲', "wa"}, {u'歪', "wai"}, {u'弯', "wan"}, {u'尣', "wang"}, {u'危', "wei"},
    {u'昷', "wen"}, {u'翁', "weng"}, {u'挝', "wo"}, {u'乌', "wu"}, {u'夕', "xi"}, {u'虲', "xia"}, {u'仙', "xian"},
    {u'乡', "xiang"}, {u'灱', "xiao"}, {u'些', "xie"}, {u'心', "xin"}, {u'星', "xing"}, {u'凶', "xiong"},
    {u'休', "xiu"}, {u'吁', "xu"}, {u'吅', "xuan"}, {u'削', "xue"}, {u'坃', "xun"}, {u'丫', "ya"}, {u'恹', "yan"},
    {u'央', "yang"}, {u'幺', "yao"}, {u'倻', "ye"}, {u'一', "yi"}, {u'囙', "yin"}, {u'应', "ying"}, {u'哟', "yo"},
    {u'佣', "yong"}, {u'优', "you"}, {u'込', "yu"}, {u'囦', "yuan"}, {u'曰', "yue"}, {u'晕', "yun"}, {u'帀', "za"},
    {u'災', "zai"}, {u'兂', "zan"}, {u'匨', "zang"}, {u'傮', "zao"}, {u'则', "ze"}, {u'贼', "zei"}, {u'怎', "zen"},
    {u'増', "zeng"}, {u'扎', "zha"}, {u'夈', "zhai"}, {u'枬', "zhan"}, {u'张', "zhang"}, {u'佋', "zhao"},
    {u'蜇', "zhe"}, {u'贞', "zhen"}, {u'凧', "zheng"}, {u'之', "zhi"}, {u'中', "zhong"}, {u'州', "zhou"},
    {u'朱', "zhu"}, {u'抓', "zhua"}, {u'拽', "zhuai"}, {u'专', "zhuan"}, {u'妆', "zhuang"}, {u'隹', "zhui"},
    {u'宒', "zhun"}, {u'卓', "zhuo"}, {u'乲', "zi"}, {u'宗', "zong"}, {u'邹', "zou"}, {u'租', "zu"}, {u'钻', "zuan"},
    {u'厜', "zui"}, {u'尊', "zun"}, {u'昨', "zuo"},
    {u'㐂', ""}, /* from here on characters have no known reading */
};

/* ---- overrides -------------------------------------------------------------------------------------------------- */

static bool reading_sound(str reading, size_t codes)
{
    size_t spaces = 0;
    for (size_t i = 0; i < reading.n; i++) {
        spaces += reading.p[i] == ' ';
        if (reading.p[i] != ' ' && (reading.p[i] < 'a' || reading.p[i] > 'z'))
            return false;
    }
    return reading.n > 0 && reading.n <= READING_BYTES_MAX && spaces + 1 == codes && reading.p[0] != ' ' &&
           reading.p[reading.n - 1] != ' ' && !str_find(reading, S("  "), &spaces);
}

/* text,reading/reading,surname */
static bool reading_take(struct op *op, const struct csv_row *row, struct map *readings)
{
    struct reading *r = op_new(op, struct reading);
    size_t codes = row->count ? utf8_count(row->fields[0]) : 0, slashes = 0;
    if (row->count != 3 || codes == 0 || codes > READING_TEXT_MAX ||
        !(row->fields[2].n == 0 || str_eq(row->fields[2], S("是"))))
        return false;
    for (size_t i = 0; i < row->fields[1].n; i++)
        slashes += row->fields[1].p[i] == '/';
    r->readings = op_array(op, str, slashes + 1);
    r->surname = row->fields[2].n > 0;
    r->next = map_get(readings, row->fields[0]);
    for (str rest = row->fields[1], reading; rest.n;) {
        str_split(rest, '/', &reading, &rest);
        if (!reading_sound(reading, codes))
            return false;
        r->readings[r->count++] = reading;
    }
    map_put(readings, row->fields[0], r);
    return r->count > 0;
}

static void order_close(void *collator)
{
    ucol_close(collator);
}

const void *pinyin_order(struct op *op)
{
    UErrorCode error = U_ZERO_ERROR;
    UCollator *collator = ucol_open("zh@collation=pinyin", &error);
    if (U_FAILURE(error))
        return NULL;
    op_defer(op, order_close, collator);
    struct order *order = op_new(op, struct order);
    *order = (struct order){collator, op_array(op, atomic_ushort, LAST - FIRST + 1)};
    return order;
}

bool pinyin_load(struct op *op, str file, struct map *ret)
{
    str text;
    struct csv_row *rows;
    size_t count;
    int faults = op->fault_count;
    map_init(ret, op);
    if (!file_read(op, file, CODE_LIST_BYTES_MAX, &text)) {
        op_forgive(op, faults); /* without it the usual readings serve */
        return true;
    }
    if (!csv_parse(op, text, &rows, &count))
        return false;
    for (size_t i = 1; i < count; i++)
        if (i > READING_ROWS_MAX || !reading_take(op, &rows[i], ret))
            return op_fail(op, FAULT_INPUT, op_text(op, "codes/pinyin.csv 第%zu行", i + 1),
                           "每行须是 文字,读音,是否姓氏：读音用小写字母，音节以空格隔开，与字数相同，几种读音以 / 隔开；第三列写“是”或空着");
    return true;
}

/* ---- spelling --------------------------------------------------------------------------------------------------- */

struct speller {
    const struct map *readings;
    const struct order *order;
    struct spelling *out;
    size_t count, max, tried; /* several ways may lead to one spelling */
    struct op *op;
    char full[NAME_BYTES_MAX + 1], initials[NAME_BYTES_MAX + 1];
};

static size_t syllable_find(const UCollator *collator, UChar c)
{
    size_t from = 0, to = COUNT(syllables);
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (ucol_strcoll(collator, &syllables[middle].first, 1, &c, 1) <= 0)
            from = middle;
        else
            to = middle;
    }
    return ucol_strcoll(collator, &syllables[from].first, 1, &c, 1) <= 0 ? from : COUNT(syllables) - 1;
}

static const char *usual_reading(const struct order *order, uint32_t code)
{
    if (code < FIRST || code > LAST)
        return "";
    atomic_ushort *found = &order->found[code - FIRST];
    size_t at = atomic_load_explicit(found, memory_order_relaxed);
    if (at == 0) {
        at = syllable_find(order->collator, (UChar)code) + 1;
        atomic_store_explicit(found, (unsigned short)at, memory_order_relaxed);
    }
    return syllables[at - 1].syllable;
}

static void spelling_add(struct speller *s, str text, bool initials)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->out[i].text, text))
            return;
    if (text.n && s->count < s->max)
        s->out[s->count++] = (struct spelling){op_copy(s->op, text), initials};
}

struct place {
    str rest;                 /* of the name */
    size_t full, initials;    /* bytes written */
    bool begins;
};

static void spell(struct speller *s, struct place at);

/* One reading of the next characters, and all of what follows. */
static void spell_reading(struct speller *s, struct place at, str reading, str rest)
{
    at.rest = rest;
    at.begins = false;
    for (str syllable; reading.n;) {
        str_split(reading, ' ', &syllable, &reading);
        if (syllable.n == 0 || at.full + syllable.n > NAME_BYTES_MAX)
            break;
        memcpy(s->full + at.full, syllable.p, syllable.n);
        at.full += syllable.n;
        s->initials[at.initials++] = syllable.p[0];
    }
    spell(s, at);
}

static void spell(struct speller *s, struct place at)
{
    if (s->count == s->max || s->tried > 4 * s->max)
        return;
    if (at.rest.n == 0 || at.full + READING_BYTES_MAX > NAME_BYTES_MAX) {
        s->tried++;
        spelling_add(s, (str){s->full, at.full}, false);
        spelling_add(s, (str){s->initials, at.initials}, true);
        return;
    }
    str rest = at.rest;
    uint32_t code = utf8_next(&rest);
    const char *usual = usual_reading(s->order, code);
    bool usual_given = usual[0] == 0;
    for (size_t codes = READING_TEXT_MAX; codes > 0; codes--) { /* the longest first: 单于 before 单 */
        size_t n = utf8_skip(at.rest, codes);
        if (codes > 1 && utf8_count(str_part(at.rest, 0, n)) < codes)
            continue;
        const struct reading *r = map_get(s->readings, str_part(at.rest, 0, n));
        for (; r; r = r->next)
            for (size_t i = 0; i < r->count && (at.begins || !r->surname); i++) {
                usual_given = usual_given || (codes == 1 && str_eq(r->readings[i], str_z(usual)));
                spell_reading(s, at, r->readings[i], str_part(at.rest, n, at.rest.n));
            }
    }
    if (!usual_given) {
        spell_reading(s, at, str_z(usual), rest);
        return;
    }
    if (usual[0])
        return;
    if ((code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z')) {
        char c = (char)(code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code);
        spell_reading(s, at, (str){&c, 1}, rest);
    } else {
        spell_reading(s, at, S(""), rest); /* dots, brackets and unknown characters are not typed */
    }
}

size_t pinyin_of(const struct town *town, struct op *op, str name, struct spelling *ret, size_t max)
{
    if (!town->pinyin_order)
        return 0; /* without ICU's data names are found by their characters */
    struct speller s = {.readings = &town->pinyin, .order = town->pinyin_order, .out = ret, .max = max, .op = op};
    spell(&s, (struct place){.rest = str_part(name, 0, utf8_skip(name, NAME_CODES_MAX)), .begins = true});
    return s.count;
}

static bool is_surname(const struct town *town, str text)
{
    for (const struct reading *r = map_get(&town->pinyin, text); r; r = r->next)
        if (r->surname)
            return true;
    return false;
}

/* 单于 and 欧阳 are surnames of the table; else the first character is one. */
str pinyin_given(const struct town *town, str name)
{
    size_t count = utf8_count(name), dot;
    if (str_find(name, S("·"), &dot))
        return str_part(name, dot + S("·").n, name.n);
    if (count < 2 || count > SURNAME_MAX + GIVEN_MAX)
        return S("");
    for (str rest = name; rest.n;)
        if (utf8_next(&rest) < 0x3400) /* letters and digits are typed from their beginning */
            return S("");
    size_t two = utf8_skip(name, SURNAME_MAX);
    bool compound = count > SURNAME_MAX && is_surname(town, str_part(name, 0, two));
    return str_part(name, compound ? two : utf8_skip(name, 1), name.n);
}
