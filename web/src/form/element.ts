// Element Plus, only what is used, with its style sheets.
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/el-select.css'
import 'element-plus/theme-chalk/el-option.css'
import 'element-plus/theme-chalk/el-option-group.css'
import 'element-plus/theme-chalk/el-tag.css'
import 'element-plus/theme-chalk/el-scrollbar.css'
import 'element-plus/theme-chalk/el-popper.css'

export { ElOption, ElOptionGroup, ElSelect } from 'element-plus/es/components/select/index.mjs'
