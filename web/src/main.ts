import './poly'
import './styles/tokens.css'
import './styles/base.css'
import './styles/print.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { sessionFind } from './session'
import { languageSet, language } from './words'

languageSet(language.value)
document.documentElement.dataset.size = localStorage.getItem('size') ?? 'normal'
void sessionFind().then(() => createApp(App).use(router).mount('#app'))
