import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Township desks run Chromium 86; everything works from 80 on. Names carry a hash of the content, so the server may say "immutable".
export default defineConfig({
    plugins: [vue()],
    define: { __VUE_OPTIONS_API__: false }, // all that is here, and what is used of Element Plus, is written with setup
    build: {
        target: 'chrome80',
        cssTarget: 'chrome80',
        modulePreload: { polyfill: false },
        manifest: true,
        assetsInlineLimit: 0,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
        // A phone fetches few pieces at first; what a new version of ours does not change stays where it is kept.
        rolldownOptions: { output: { codeSplitting: { groups: [
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router)[\\/]|preload-helper/ },
            { name: 'common', test: /[\\/]src[\\/](api|words|session|live|lib[\\/](text|day)|work[\\/]works|parts[\\/](problem|place))\.ts/ },
        ] } } },
    },
    server: { proxy: { '/api': process.env.ZHENWU_URL ?? 'http://127.0.0.1:8080' } },
    test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
