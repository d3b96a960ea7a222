import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Township desks run Chromium 86; everything works from 80 on. Names carry a hash of the content, so the server may say "immutable".
export default defineConfig({
    plugins: [vue()],
    build: {
        target: 'chrome80',
        cssTarget: 'chrome80',
        modulePreload: { polyfill: false },
        manifest: true,
        assetsInlineLimit: 0,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
    },
    server: { proxy: { '/api': process.env.ZHENWU_URL ?? 'http://127.0.0.1:8080' } },
    test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
