// Element Plus, only what is used, with its style sheets.
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/el-select.css'
import 'element-plus/theme-chalk/el-option.css'
import 'element-plus/theme-chalk/el-option-group.css'
import 'element-plus/theme-chalk/el-tag.css'
import 'element-plus/theme-chalk/el-scrollbar.css'
import 'element-plus/theme-chalk/el-popper.css'

export { ElOption, ElOptionGroup, ElSelect } from 'element-plus/es/components/select/index.mjs'

/** A list of choices is walked with the arrows; Tab goes on to the next field, and not into the list because it could be scrolled (Chromium stops at what scrolls). */
document.addEventListener('keydown', event => {
    if (event.key === 'Tab') for (const list of document.querySelectorAll<HTMLElement>('.el-select-dropdown__wrap:not([tabindex])')) list.tabIndex = -1
}, true)
