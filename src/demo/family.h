/* family: one household of the demo town, made of its number. Inside of demo.
 *
 *     struct census census = census_of(op, 3000, 0, 2021);
 *     struct family f;
 *     family_make(&census, group, i, limit, &f);      // the i-th family of the group-th village group, of at most
 * `limit` people
 *
 * Invariants: people[0] is the head; nobody is older than 104; parents are at least 18 years older than children; no
 * two people of a family share sex and birthday; no two people of a town share an ID. */
#pragma once

#include "demo/demo.h"

enum { FAMILY_MAX = 9, NAME_BYTES = 48 };

/* Chance that anybody can repeat: splitmix64. */
struct dice {
    uint64_t state;
};
int  dice_below(struct dice *d, int n);                 /* 0 … n-1 */
int  dice_between(struct dice *d, int low, int high);   /* both may come */
bool dice_percent(struct dice *d, int percent);
struct dice dice_of(uint64_t seed, uint64_t number, uint64_t purpose);

struct census {
    uint64_t seed;
    day today;              /* the town as of the end of this day */
    int groups;             /* villages */
    int64_t people;
};
struct census census_of(struct op *op, int64_t people, int groups_least, uint64_t seed);
int64_t group_people(const struct census *census, int group); /* how many live there */

enum kinship { REL_HEAD, REL_SPOUSE, REL_SON, REL_DAUGHTER, REL_GRANDCHILD, REL_PARENT, REL_SIBLING, REL_IN_LAW,
               RELATIONS };
extern const str relation_names[RELATIONS];

enum nation { HAN, MONGOL, MANCHU, HUI, DAUR, EVENKI, UYGUR, NATIONS };
extern const str nation_names[NATIONS];

struct person {
    char name_bytes[NAME_BYTES];
    str name;
    char id_bytes[18];
    enum nation nation;
    enum kinship relation;
    bool male;
    day born;
    int age;
    /* empty: nothing known */
    str married, education, politics, living, away_to, away_for, health, disability, grade, labour, service, school;
    char phone_bytes[11];
    bool has_phone;
};
str person_id(const struct person *p);
str person_phone(const struct person *p); /* empty: none */

struct family {
    int group;
    int64_t number;             /* within the group, from 0 */
    size_t count;
    struct person people[FAMILY_MAX];
    char card_bytes[19];
    int64_t pasture, farmland;  /* hundredths of a mu */
    int animals;
    int home;                   /* number of the house */
    str income;
    struct dice dice;           /* for what else is to be said of it */
};
void family_make(const struct census *census, int group, int64_t number, int64_t limit, struct family *ret);
/* People who are not of the town yet. */
void family_stranger(const struct census *census, int group, int64_t number, struct family *ret);
/* A child born since: not in the town. f->count must be less than FAMILY_MAX. */
void family_newborn(const struct census *census, struct family *f, struct person *ret);

/* name.c */
void name_surname(struct dice *d, enum nation nation, char out[NAME_BYTES]);
/* `family` is the surname or clan, empty for nations without; father's name for those who carry it. */
str  name_person(struct dice *d, enum nation nation, bool male, const char *family, char out[NAME_BYTES]);
str  name_group(struct op *op, int group);  /* of the village group: 坤都伦村组 …, all different */
bool group_is_pastoral(int group);
str  code_group(struct op *op, int group);  /* 12 digits */
extern const str town_name, town_code;
