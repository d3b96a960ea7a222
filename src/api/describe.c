/* OpenAPI 3.1 (JSON Schema 2020-12) from the tables that serve: routes[] and the town's ledgers. */
#include "api/call.h"

static const str methods[HTTP_METHODS] = {SC("get"), SC("post"), SC("put"), SC("patch"), SC("delete")};

/* Shapes of the envelope, in JSON Schema. A record's values are described per ledger. */
static const struct {
    str name, schema;
} shapes[] = {
    {SC("SignIn"), SC("{\"type\":\"object\",\"required\":[\"account\",\"password\"],\"properties\":{\"account\":{\"type\":\"string\"},"
                      "\"password\":{\"type\":\"string\"}}}")},
    {SC("PasswordChange"), SC("{\"type\":\"object\",\"required\":[\"old\",\"new\"],\"properties\":{\"old\":{\"type\":\"string\"},"
                              "\"new\":{\"type\":\"string\",\"minLength\":8}}}")},
    {SC("PostChoice"), SC("{\"type\":\"object\",\"required\":[\"post\"],\"properties\":{\"post\":{\"type\":\"string\",\"format\":\"uuid\"}}}")},
    {SC("Post"), SC("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"role\":{\"type\":"
                    "\"string\"},\"group\":{\"type\":[\"object\",\"null\"],\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":"
                    "\"string\"}}}}}")},
    {SC("Session"), SC("{\"type\":\"object\",\"properties\":{\"account\":{\"type\":\"object\"},\"post\":{\"$ref\":\"#/components/schemas/Post\"},"
                       "\"posts\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Post\"}},\"csrf\":{\"type\":\"string\"},"
                       "\"expires\":{\"type\":\"string\",\"format\":\"date-time\"},\"town\":{\"type\":\"object\"}}}")},
    {SC("Ledgers"), SC("{\"type\":\"object\",\"properties\":{\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"name\":"
                       "{\"type\":\"string\"},\"ledgers\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}}}}")},
    {SC("LedgerDefinition"), SC("{\"type\":\"object\",\"required\":[\"name\",\"english\",\"fields\"],\"properties\":{\"name\":{\"type\":\"string\"},"
                                "\"english\":{\"type\":\"string\"},\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}")},
    {SC("Record"), SC("{\"type\":\"object\",\"required\":[\"id\",\"version\",\"values\"],\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
                      "\"version\":{\"type\":\"integer\"},\"state\":{\"type\":[\"string\",\"null\"]},\"withdrawn\":{\"type\":\"boolean\"},"
                      "\"added\":{\"type\":\"string\",\"format\":\"date-time\"},\"changed\":{\"type\":\"string\",\"format\":\"date-time\"},"
                      "\"title\":{\"type\":\"string\"},\"values\":{\"type\":\"object\"},\"labels\":{\"type\":\"object\"},"
                      "\"masked\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"warnings\":{\"type\":\"array\"}}}")},
    {SC("RecordPage"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Record\"}},"
                          "\"next\":{\"type\":[\"string\",\"null\"]},\"count\":{\"type\":[\"integer\",\"null\"]},\"slow\":{\"type\":\"boolean\"},"
                          "\"slow_reason\":{\"type\":\"string\"}}}")},
    {SC("RecordValues"), SC("{\"type\":\"object\",\"required\":[\"values\"],\"properties\":{\"values\":{\"type\":\"object\"},\"reason\":{\"type\":"
                            "\"string\"},\"id\":{\"type\":\"string\"}}}")},
    {SC("CheckResult"), SC("{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"},\"errors\":{\"type\":\"array\"},\"warnings\":"
                           "{\"type\":\"array\"}}}")},
    {SC("Condition"), SC("{\"type\":\"object\",\"required\":[\"where\"],\"properties\":{\"where\":{\"type\":\"string\"}}}")},
    {SC("ConditionResult"), SC("{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"},\"count\":{\"type\":\"integer\"},\"sample\":"
                               "{\"type\":\"array\"},\"error\":{\"type\":\"object\"}}}")},
    {SC("StateMove"), SC("{\"type\":\"object\",\"required\":[\"to\"],\"properties\":{\"to\":{\"type\":\"string\"},\"reason\":{\"type\":\"string\"}}}")},
    {SC("Reason"), SC("{\"type\":\"object\",\"required\":[\"reason\"],\"properties\":{\"reason\":{\"type\":\"string\"}}}")},
    {SC("Reveal"), SC("{\"type\":\"object\",\"required\":[\"fields\",\"reason\"],\"properties\":{\"fields\":{\"type\":\"array\",\"items\":{\"type\":"
                      "\"string\"}},\"reason\":{\"type\":\"string\"}}}")},
    {SC("RevealResult"), SC("{\"type\":\"object\",\"properties\":{\"values\":{\"type\":\"object\"}}}")},
    {SC("Destroy"), SC("{\"type\":\"object\",\"required\":[\"reason\",\"approval\"],\"properties\":{\"reason\":{\"type\":\"string\"},\"approval\":"
                       "{\"type\":\"string\"}}}")},
    {SC("History"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}")},
    {SC("Relations"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}")},
    {SC("JobStarted"), SC("{\"type\":\"object\",\"properties\":{\"job\":{\"type\":\"string\"}}}")},
    {SC("Job"), SC("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"kind\":{\"type\":\"string\"},\"stage\":{\"type\":\"string\"},"
                   "\"done\":{\"type\":\"integer\"},\"total\":{\"type\":\"integer\"},\"state\":{\"enum\":[\"运行\",\"完成\",\"失败\",\"已取消\"]},"
                   "\"report\":{\"type\":[\"object\",\"null\"]},\"errors\":{\"type\":\"array\"}}}")},
    {SC("Found"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}")},
    {SC("FeelHelp"), SC("{\"type\":\"object\",\"properties\":{\"functions\":{\"type\":\"array\"},\"operators\":{\"type\":\"array\"}}}")},
    {SC("Workbench"), SC("{\"type\":\"object\",\"properties\":{\"today\":{\"type\":\"string\",\"format\":\"date\"},\"groups\":{\"type\":\"array\"},"
                         "\"figures\":{\"type\":\"array\"},\"doubts\":{\"type\":\"array\"},\"recent\":{\"type\":\"array\"}}}")},
    {SC("Facts"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"},\"next\":{\"type\":[\"string\",\"null\"]}}}")},
    {SC("File"), SC("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"digest\":{\"type\":\"string\"},\"size\":{\"type\":"
                    "\"integer\"}}}")},
    {SC("Indicators"), SC("{\"type\":\"object\",\"properties\":{\"from\":{\"type\":\"string\"},\"to\":{\"type\":\"string\"},\"items\":{\"type\":\"array\","
        "\"items\":{\"type\":\"object\"}}}}")},
    {SC("Submissions"), SC("{\"type\":\"object\",\"properties\":{\"handed_in\":{\"type\":\"integer\"},\"late\":{\"type\":\"integer\"},"
        "\"missing\":{\"type\":\"integer\"},\"note\":{\"type\":\"string\"},\"items\":{\"type\":\"array\"}}}")},
    {SC("Reports"), SC("{\"type\":\"object\",\"properties\":{\"templates\":{\"type\":\"array\"},\"frozen\":{\"type\":\"array\"}}}")},
    {SC("ReportAsked"), SC("{\"type\":\"object\",\"properties\":{\"from\":{\"type\":\"string\"},\"to\":{\"type\":\"string\"},\"person\":{\"type\":\"string\"},"
        "\"person_name\":{\"type\":\"string\"},\"prose\":{\"type\":\"object\"},\"format\":{\"enum\":[\"pdf\",\"ofd\","
        "\"docx\"]}}}")},
    {SC("Report"), SC("{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"},\"blocks\":{\"type\":\"array\"},"
        "\"figures\":{\"type\":\"array\"},\"notes\":{\"type\":\"array\"}}}")},
    {SC("ReportProse"), SC("{\"type\":\"object\",\"required\":[\"name\",\"text\"],\"properties\":{\"from\":{\"type\":\"string\"},"
        "\"to\":{\"type\":\"string\"},\"person\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"}}}")},
    {SC("FrozenReport"), SC("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"from\":{\"type\":\"string\"},"
        "\"to\":{\"type\":\"string\"},\"at\":{\"type\":\"string\"},\"by\":{\"type\":\"string\"},\"digest\":{\"type\":\"string\"}}}")},
    {SC("ReportChanges"), SC("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"digest\":{\"type\":\"string\"},\"changes\":{\"type\":\"array\"}}}")},
    {SC("FormAnswer"), SC("{\"type\":\"object\",\"properties\":{\"sheet\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
        "\"ledger\":{\"type\":[\"string\",\"null\"]},\"understood\":{\"type\":\"integer\"},\"columns\":{\"type\":\"array\"},"
        "\"cells\":{\"type\":\"array\"},\"gaps\":{\"type\":\"array\"},\"refusable\":{\"type\":\"boolean\"},\"refusal\":{\"type\":\"string\"}}}")},
    {SC("FormChoice"), SC("{\"type\":\"object\",\"required\":[\"heading\",\"meaning\"],\"properties\":{\"ledger\":{\"type\":\"string\"},"
        "\"heading\":{\"type\":\"string\"},\"meaning\":{\"type\":\"string\"}}}")},
    {SC("OneTimePassword"), SC("{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"string\"}}}")},
    {SC("Health"), SC("{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"started\":{\"type\":"
                      "\"string\"},\"facts\":{\"type\":\"integer\"}}}")},
    {SC("TaskItem"), SC("{\"type\":\"object\",\"properties\":{\"case\":{\"type\":\"string\",\"format\":\"uuid\"},\"record\":{\"type\":\"string\"},"
                        "\"procedure\":{\"type\":[\"object\",\"null\"]},\"title\":{\"type\":\"string\"},\"drafter\":{\"type\":\"string\"},\"place\":"
                        "{\"type\":\"string\"},\"started\":{\"type\":\"string\"},\"ended\":{\"type\":[\"string\",\"null\"]},\"rev\":{\"type\":\"integer\"},"
                        "\"due\":{\"type\":[\"string\",\"null\"]},\"light\":{\"enum\":[\"\",\"green\",\"yellow\",\"red\"]},\"stuck\":{\"type\":\"string\"},"
                        "\"seat\":{\"type\":\"integer\"},\"node\":{\"type\":\"string\"},\"owner\":{\"type\":\"string\"},\"opened\":{\"type\":\"string\"},"
                        "\"nudges\":{\"type\":\"integer\"},\"copy\":{\"type\":\"integer\"},\"sender\":{\"type\":\"string\"},\"sent\":{\"type\":\"string\"},"
                        "\"read_at\":{\"type\":[\"string\",\"null\"]},\"acted\":{\"type\":\"string\"}}}")},
    {SC("Tasks"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/TaskItem\"}},"
                     "\"more\":{\"type\":\"boolean\"},\"counts\":{\"type\":\"object\",\"properties\":{\"todo\":{\"type\":\"integer\"},\"overdue\":"
                     "{\"type\":\"integer\"},\"unread\":{\"type\":\"integer\"}}}}}")},
    {SC("RecordCases"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/TaskItem\"}},"
                           "\"more\":{\"type\":\"boolean\"},\"may_start\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
                           "{\"procedure\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"reason\":{\"type\":\"string\"}}}}}}")},
    {SC("CaseStart"), SC("{\"type\":\"object\",\"required\":[\"procedure\",\"record\"],\"properties\":{\"procedure\":{\"type\":\"string\"},\"record\":"
                         "{\"type\":\"string\",\"format\":\"uuid\"},\"command\":{\"type\":\"string\",\"format\":\"uuid\"}}}")},
    {SC("CaseAct"), SC("{\"type\":\"object\",\"required\":[\"act\"],\"properties\":{\"command\":{\"type\":\"string\",\"format\":\"uuid\"},\"rev\":"
                       "{\"type\":\"integer\"},\"act\":{\"type\":\"string\"},\"seat\":{\"type\":\"integer\"},\"seat_rev\":{\"type\":\"integer\"},\"work\":"
                       "{\"type\":\"integer\"},\"other\":{\"type\":\"integer\"},\"target\":{\"type\":\"integer\"},\"opinion\":{\"type\":\"string\"},\"who\":"
                       "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uuid\"}},\"for_whom\":{\"type\":\"string\"},\"second\":{\"type\":"
                       "\"string\"},\"direct\":{\"type\":\"boolean\"},\"in_order\":{\"type\":\"boolean\"},\"collect\":{\"type\":\"boolean\"},\"cast\":"
                       "{\"type\":\"boolean\"},\"binding\":{\"type\":\"boolean\"},\"rule\":{\"enum\":[\"any\",\"all\",\"ratio\",\"count\"]},\"num\":"
                       "{\"type\":\"integer\"},\"den\":{\"type\":\"integer\"},\"toks\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},\"node\":"
                       "{\"type\":\"string\"},\"values\":{\"type\":\"object\"}}}")},
    {SC("CaseDone"), SC("{\"type\":\"object\",\"required\":[\"case\",\"rev\"],\"properties\":{\"case\":{\"type\":\"string\",\"format\":\"uuid\"},"
                        "\"rev\":{\"type\":\"integer\"},\"repeated\":{\"type\":\"boolean\"},\"ended\":{\"type\":\"boolean\"},\"state\":{\"type\":\"string\"},"
                        "\"effects\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"kind\":{\"enum\":[\"arrives\",\"hands\","
                        "\"withdraws\",\"copies\",\"incident\",\"ends\"]},\"node\":{\"type\":\"string\"},\"person\":{\"type\":\"string\"}}}}}}")},
    {SC("HandOver"), SC("{\"type\":\"object\",\"required\":[\"from\",\"to\",\"opinion\"],\"properties\":{\"from\":{\"type\":\"string\",\"format\":"
                        "\"uuid\"},\"to\":{\"type\":\"string\",\"format\":\"uuid\"},\"opinion\":{\"type\":\"string\"}}}")},
    {SC("HandedOver"), SC("{\"type\":\"object\",\"properties\":{\"cases\":{\"type\":\"integer\"}}}")},
    {SC("CopyRead"), SC("{\"type\":\"object\",\"required\":[\"copy\"],\"properties\":{\"copy\":{\"type\":\"integer\"},\"note\":{\"type\":\"string\"},"
                        "\"command\":{\"type\":\"string\",\"format\":\"uuid\"}}}")},
    {SC("Case"), SC("{\"allOf\":[{\"$ref\":\"#/components/schemas/TaskItem\"},{\"type\":\"object\",\"properties\":{\"end\":{\"enum\":[\"running\","
                    "\"completed\",\"terminated\",\"error\",\"cancelled\"]},\"suspended\":{\"type\":\"boolean\"},\"ledger\":{\"type\":\"string\"},\"values\":"
                    "{\"$ref\":\"#/components/schemas/Record\"},\"visits\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"words\":{\"type\":"
                    "\"array\",\"items\":{\"type\":\"object\"}},\"readers\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"may\":{\"type\":"
                    "\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"act\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"seat\":"
                    "{\"type\":\"integer\"},\"target\":{\"type\":\"integer\"},\"opinion\":{\"type\":\"boolean\"},\"people\":{\"type\":\"boolean\"},"
                    "\"reason\":{\"type\":\"string\"}}}},\"places\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"node\":{\"type\":"
                    "\"string\"},\"kind\":{\"enum\":[\"here\",\"passed\",\"undone\",\"stuck\"]},\"tok\":{\"type\":\"integer\"}}}}}}]}")},
    {SC("CasePath"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"case\":"
                        "{\"type\":\"string\",\"format\":\"uuid\"},\"above\":{\"type\":\"string\"},\"depth\":{\"type\":\"integer\"},\"title\":{\"type\":"
                        "\"string\"},\"group\":{\"type\":\"string\"},\"place\":{\"type\":\"string\"},\"people\":{\"type\":\"string\"},\"feedback\":"
                        "{\"type\":\"string\"}}}}}}")},
    {SC("Procedures"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"key\":"
                          "{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"version\":{\"type\":\"integer\"},\"pack\":{\"type\":\"string\"},"
                          "\"ledger\":{\"type\":\"string\"},\"start\":{\"type\":\"string\"}}}}}}")},
    {SC("ProcedureModel"), SC("{\"type\":\"object\",\"required\":[\"xml\"],\"properties\":{\"xml\":{\"type\":\"string\"}}}")},
    {SC("ProcedureFindings"), SC("{\"type\":\"object\",\"properties\":{\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
                                 "{\"kind\":{\"enum\":[\"refused\",\"structure\",\"hint\"]},\"line\":{\"type\":\"integer\"},\"column\":{\"type\":"
                                 "\"integer\"},\"where\":{\"type\":\"string\"},\"rule\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"}}}}}}")},
    {SC("Colleagues"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"account\":"
                          "{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"role\":{\"type\":\"string\"},\"group\":{\"type\":\"string\"}}}}}}")},
    {SC("Policies"), SC("{\"type\":\"object\",\"properties\":{\"on\":{\"type\":\"string\",\"format\":\"date\"},"
                        "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}")},
    {SC("Policy"), SC("{\"type\":\"object\",\"required\":[\"name\",\"english\",\"table\"],"
                      "\"properties\":{\"name\":{\"type\":\"string\"},\"english\":{\"type\":\"string\"},"
                      "\"acts\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                      "\"versions\":{\"type\":\"array\"},\"version\":{\"type\":\"object\"},"
                      "\"inputs\":{\"type\":\"array\"},\"table\":{\"type\":[\"object\",\"null\"]},"
                      "\"troubles\":{\"type\":\"array\"},\"good\":{\"type\":\"boolean\"},"
                      "\"cases\":{\"type\":\"array\"},\"amount\":{\"type\":\"string\"}}}")},
    {SC("PolicyTable"), SC("{\"type\":\"object\",\"properties\":{\"version\":{\"type\":\"string\"},"
                           "\"on\":{\"type\":\"string\",\"format\":\"date\"},\"rules\":{\"type\":[\"array\","
                           "\"null\"],\"items\":{\"type\":\"object\",\"required\":[\"cells\"],"
                           "\"properties\":{\"from\":{\"type\":[\"integer\",\"null\"]},"
                           "\"cells\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}},"
                           "\"cases\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"array\","
                           "\"items\":{\"type\":\"string\"}}},\"from\":{\"type\":\"string\",\"format\":\"date\"},"
                           "\"until\":{\"type\":\"string\"},\"reason\":{\"type\":\"string\"}}}")},
    {SC("PolicyCheck"), SC("{\"type\":\"object\",\"properties\":{\"changes\":{\"type\":\"integer\"},"
                           "\"troubles\":{\"type\":\"array\"},\"good\":{\"type\":\"boolean\"},"
                           "\"case_count\":{\"type\":\"integer\"},\"case_passed\":{\"type\":\"integer\"},"
                           "\"rule_count\":{\"type\":\"integer\"},\"rule_covered\":{\"type\":\"integer\"}}}")},
    {SC("PolicyVersion"), SC("{\"type\":\"object\",\"properties\":{\"version\":{\"type\":\"string\"}}}")},
    {SC("ScreenAsked"), SC("{\"type\":\"object\",\"properties\":{\"on\":{\"type\":\"string\","
                           "\"format\":\"date\"}}}")},
    {SC("SimulationAsked"), SC("{\"type\":\"object\",\"properties\":{\"on\":{\"type\":\"string\","
                               "\"format\":\"date\"},\"version\":{\"type\":\"string\"},"
                               "\"rules\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"object\","
                               "\"required\":[\"cells\"],\"properties\":{\"from\":{\"type\":[\"integer\","
                               "\"null\"]},\"cells\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}},"
                               "\"than\":{\"type\":\"object\",\"properties\":{\"on\":{\"type\":\"string\","
                               "\"format\":\"date\"},\"version\":{\"type\":\"string\"}}}}}")},
    {SC("Screening"), SC("{\"type\":\"object\",\"properties\":{\"on\":{\"type\":\"string\",\"format\":\"date\"},"
                         "\"version\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"},"
                         "\"included\":{\"type\":\"integer\"},\"doubts\":{\"type\":\"integer\"},"
                         "\"amount\":{\"type\":\"number\"},\"tallies\":{\"type\":\"array\"},"
                         "\"groups\":{\"type\":\"array\"},\"slow\":{\"type\":\"array\"}}}")},
    {SC("Simulation"), SC("{\"type\":\"object\",\"properties\":{\"changes\":{\"type\":\"integer\"},"
                          "\"before\":{\"$ref\":\"#/components/schemas/Screening\"},"
                          "\"after\":{\"$ref\":\"#/components/schemas/Screening\"},"
                          "\"groups\":{\"type\":\"array\"}}}")},
    {SC("NamesAsked"), SC("{\"type\":\"object\",\"required\":[\"which\"],"
                          "\"properties\":{\"on\":{\"type\":\"string\",\"format\":\"date\"},"
                          "\"version\":{\"type\":\"string\"},\"rules\":{\"type\":[\"array\",\"null\"],"
                          "\"items\":{\"type\":\"object\",\"required\":[\"cells\"],"
                          "\"properties\":{\"from\":{\"type\":[\"integer\",\"null\"]},"
                          "\"cells\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}},"
                          "\"than\":{\"type\":\"object\"},\"which\":{\"enum\":[\"entering\",\"leaving\","
                          "\"changed\",\"in\",\"doubt\",\"outcome\"]},\"outcome\":{\"type\":\"integer\"},"
                          "\"group\":{\"type\":\"string\"},\"offset\":{\"type\":\"integer\"},"
                          "\"limit\":{\"type\":\"integer\"}}}")},
    {SC("Names"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"},"
                     "\"count\":{\"type\":\"integer\"}}}")},
    {SC("WhyAsked"), SC("{\"type\":\"object\",\"required\":[\"record\"],"
                        "\"properties\":{\"on\":{\"type\":\"string\",\"format\":\"date\"},"
                        "\"version\":{\"type\":\"string\"},\"rules\":{\"type\":[\"array\",\"null\"],"
                        "\"items\":{\"type\":\"object\",\"required\":[\"cells\"],"
                        "\"properties\":{\"from\":{\"type\":[\"integer\",\"null\"]},"
                        "\"cells\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}},"
                        "\"record\":{\"type\":\"string\"}}}")},
    {SC("Why"), SC("{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"},"
                   "\"group\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"},"
                   "\"included\":{\"type\":\"boolean\"},\"result\":{\"type\":\"string\"},"
                   "\"rule\":{\"type\":\"integer\"},\"clause\":{\"type\":\"string\"},"
                   "\"amount\":{\"type\":\"number\"},\"values\":{\"type\":\"array\"},"
                   "\"rules\":{\"type\":\"array\"},\"sentence\":{\"type\":\"string\"}}}")},
    {SC("Screenings"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"}}}")},
    {SC("KeptScreening"), SC("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
                             "\"policy\":{\"type\":\"string\"},\"on\":{\"type\":\"string\",\"format\":\"date\"},"
                             "\"digest\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"},"
                             "\"included\":{\"type\":\"integer\"},\"doubts\":{\"type\":\"integer\"},"
                             "\"amount\":{\"type\":\"number\"},\"frozen\":{\"type\":\"boolean\"},"
                             "\"roster_digest\":{\"type\":\"string\"},\"groups\":{\"type\":\"array\"}}}")},
    {SC("Members"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"},"
                       "\"next\":{\"type\":[\"string\",\"null\"]}}}")},
    {SC("Decision"), SC("{\"type\":\"object\",\"required\":[\"record\",\"included\"],"
                        "\"properties\":{\"record\":{\"type\":\"string\"},\"included\":{\"type\":\"boolean\"},"
                        "\"amount\":{\"type\":[\"number\",\"null\"]},\"reason\":{\"type\":\"string\"}}}")},
    {SC("Freeze"), SC("{\"type\":\"object\",\"required\":[\"included\",\"left_out\"],"
                      "\"properties\":{\"included\":{\"type\":\"integer\"},\"left_out\":{\"type\":\"integer\"}}}")},
    {SC("Frozen"), SC("{\"type\":\"object\",\"properties\":{\"roster_digest\":{\"type\":\"string\"}}}")},
    {SC("Works"), SC("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
                     "\"string\"},\"english\":{\"type\":\"string\"},\"kind\":{\"type\":\"string\"},\"note\":{\"type\":\"string\"},\"line\":{\"type\":"
                     "\"string\"}}}}}}")},
    {SC("WorkAct"), SC("{\"type\":\"object\",\"required\":[\"act\"],\"properties\":{\"act\":{\"type\":\"string\",\"description\":\"of the kind's acts, as "
                       "GET /api/works lists them\"}}}")},
    {SC("WorkState"), SC("{\"type\":\"object\"}")},
    {SC("Problem"), SC("{\"type\":\"object\",\"description\":\"RFC 9457\",\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":"
                       "\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":"
                       "{\"type\":\"object\",\"properties\":{\"field\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},\"kind\":{\"type\":"
                       "\"string\"}}}},\"current\":{\"$ref\":\"#/components/schemas/Record\"}}}")},
};

static void word(struct json_out *w, str key, str value)
{
    json_key(w, key);
    json_text(w, value);
}

static void schema_ref(struct json_out *w, str name)
{
    json_open(w, '{');
    json_key(w, S("$ref"));
    json_text(w, op_text(w->b->op, "#/components/schemas/%.*s", PS(name)));
    json_close(w, '}');
}

static void content(struct json_out *w, str type, str name)
{
    json_key(w, S("content"));
    json_open(w, '{');
    json_key(w, type);
    json_open(w, '{');
    json_key(w, S("schema"));
    if (name.n) {
        schema_ref(w, name);
    } else {
        json_open(w, '{');
        word(w, S("type"), S("string"));
        word(w, S("contentMediaType"), type);
        json_close(w, '}');
    }
    json_close(w, '}');
    json_close(w, '}');
}

static void parameter(struct json_out *w, str name, str in)
{
    json_open(w, '{');
    word(w, S("name"), name);
    word(w, S("in"), in);
    json_key(w, S("required"));
    json_bool(w, str_eq(in, S("path")));
    json_key(w, S("schema"));
    json_open(w, '{');
    word(w, S("type"), S("string"));
    json_close(w, '}');
    json_close(w, '}');
}

static void operation(struct json_out *w, const struct route *r)
{
    json_key(w, methods[r->method]);
    json_open(w, '{');
    word(w, S("summary"), str_z(r->summary));
    word(w, S("description"), str_z(r->chinese));
    json_key(w, S("parameters"));
    json_open(w, '[');
    for (str rest = str_z(r->path), part; rest.n;) {
        str_split(rest, '/', &part, &rest);
        if (str_starts(part, S("{")))
            parameter(w, str_part(part, 1, part.n - 1), S("path"));
    }
    for (str rest = str_z(r->query), part; rest.n;) {
        str_split(rest, ' ', &part, &rest);
        parameter(w, part, S("query"));
    }
    if (r->need == NEED_SESSION && r->method != HTTP_GET)
        parameter(w, S("X-CSRF"), S("header"));
    json_close(w, ']');
    if (r->body != BODY_NONE) {
        json_key(w, S("requestBody"));
        json_open(w, '{');
        json_key(w, S("required"));
        json_bool(w, true);
        content(w, r->body == BODY_JSON ? S("application/json") : S("application/octet-stream"), str_z(r->takes));
        json_close(w, '}');
    }
    json_key(w, S("responses"));
    json_open(w, '{');
    json_key(w, *r->gives ? S("2XX") : S("default"));
    json_open(w, '{');
    word(w, S("description"), S("done"));
    if (*r->gives)
        content(w, S("application/json"), str_z(r->gives));
    json_close(w, '}');
    json_key(w, S("4XX"));
    json_open(w, '{');
    word(w, S("description"), S("refused"));
    content(w, S("application/problem+json"), S("Problem"));
    json_close(w, '}');
    json_close(w, '}');
    if (r->need == NEED_NOTHING) {
        json_key(w, S("security"));
        json_open(w, '[');
        json_close(w, ']');
    }
    json_close(w, '}');
}

str api_describe(struct op *op, const struct town *town, str version)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out out = {&b, false}, *w = &out;
    json_open(w, '{');
    word(w, S("openapi"), S("3.1.0"));
    json_key(w, S("info"));
    json_open(w, '{');
    word(w, S("title"), S("Zhenwu 镇务"));
    word(w, S("version"), version);
    json_close(w, '}');
    json_key(w, S("security"));
    json_open(w, '[');
    json_open(w, '{');
    json_key(w, S("cookie"));
    json_open(w, '[');
    json_close(w, ']');
    json_close(w, '}');
    json_close(w, ']');

    json_key(w, S("paths"));
    json_open(w, '{');
    for (size_t i = 0; i < route_count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(routes[k].path, routes[i].path) != 0;
        if (!first)
            continue;
        json_key(w, str_z(routes[i].path));
        json_open(w, '{');
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                operation(w, &routes[k]);
        json_close(w, '}');
    }
    json_close(w, '}');

    json_key(w, S("components"));
    json_open(w, '{');
    json_key(w, S("securitySchemes"));
    json_open(w, '{');
    json_key(w, S("cookie"));
    json_open(w, '{');
    word(w, S("type"), S("apiKey"));
    word(w, S("in"), S("cookie"));
    word(w, S("name"), S("zhenwu"));
    json_close(w, '}');
    json_close(w, '}');
    json_key(w, S("schemas"));
    json_open(w, '{');
    for (size_t i = 0; i < COUNT(shapes); i++) {
        json_key(w, shapes[i].name);
        json_number(w, shapes[i].schema); /* JSON already */
    }
    for (size_t i = 0; i < town_ledger_count(town); i++) {
        const struct ledger *l = town_ledger_at(town, i);
        json_key(w, op_text(op, "values-%.*s", PS(l->english)));
        json_open(w, '{');
        word(w, S("title"), l->name);
        word(w, S("type"), S("object"));
        json_key(w, S("properties"));
        json_open(w, '{');
        for (size_t k = 0; k < l->field_count; k++) {
            json_key(w, l->fields[k].name);
            ledger_field_schema(w, &l->fields[k]);
        }
        json_close(w, '}');
        json_close(w, '}');
    }
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return buf_str(&b);
}
