#include "bpmn/state.h"
void work_open(struct bpmn_run *run, int32_t tok) { command_add(run, BPMN_WORK_OPENED, tok, place_node(run->model, TOK(run, tok).place), (str){0}, 0); }
void work_closed(struct bpmn_run *run, int32_t tok, enum bpmn_work_state state) { (void)run; (void)tok; (void)state; }
