import './poly'
import './styles/tokens.css'
import './styles/base.css'
import './styles/print.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { sessionFind } from './session'
import { languageSet, language } from './words'

document.documentElement.dataset.size = localStorage.getItem('size') ?? 'normal'
document.documentElement.dataset.contrast = localStorage.getItem('contrast') ?? 'normal'
void Promise.all([sessionFind(), languageSet(language.value)]).then(() => createApp(App).use(router).mount('#app'))
