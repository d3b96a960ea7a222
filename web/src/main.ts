import './poly'
import './styles/tokens.css'
import './styles/base.css'
import './styles/print.css'
import { createApp } from 'vue'
import App from './App.vue'
import { workerBegin } from './outbox/ready'
import { router } from './router'
import { sessionFind } from './session'
import { languageSet, language } from './words'

document.documentElement.dataset.size = localStorage.getItem('size') ?? 'normal'
document.documentElement.dataset.contrast = localStorage.getItem('contrast') ?? 'normal'
// The piece that this place needs comes while the server says who is here; if it does not come, going there says so.
for (const { components } of router.resolve(location.pathname + location.search).matched) {
    const piece = components?.default
    if (typeof piece === 'function') (piece as () => Promise<unknown>)().catch(() => undefined)
}
void Promise.all([sessionFind(), languageSet(language.value)]).then(() => createApp(App).use(router).mount('#app'))
workerBegin()
