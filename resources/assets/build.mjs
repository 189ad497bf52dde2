// Draws the fonts and icons of resources/ from pinned npm packages. Run: npm ci && node build.mjs
//
// Fyne's SVG reader misreads compact arcs, so each path is rewritten to absolute curves; shapes stay as they are.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import svgpath from 'svgpath'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
const icons = join(here, '..', 'icons'), fonts = join(here, '..', 'fonts')
const packageDir = name => dirname(require.resolve(`${name}/package.json`))

// Fluent names without size and style; "name-filled" takes the filled style.
const names = `
add alert alert-filled archive arrow_clockwise arrow_left arrow_right arrow_sync arrow_undo building calendar
checkmark checkmark-filled checkmark_circle checkmark_circle-filled chevron_down chevron_left chevron_right chevron_up circle clock
cloud cloud-filled cloud_off copy delete desktop dismiss dismiss_circle-filled document document_lock edit error_circle
error_circle-filled eye eye_off filter folder folder_open globe globe-filled history home home-filled info info-filled
key key-filled keyboard link lock_closed mail mail-filled more_horizontal open people people-filled person person_add
person_prohibited play question_circle search settings settings-filled shield shield-filled shield_checkmark shield_checkmark-filled shield_error-filled
shield_keyhole shield_task shield_task-filled stop subtract warning warning-filled weather_moon weather_sunny window beaker`.trim().split(/\s+/)

const rewrite = d => svgpath(d).abs().unarc().unshort().round(2).toString()

function drawIcons() {
  mkdirSync(icons, { recursive: true })
  for (const f of readdirSync(icons)) rmSync(join(icons, f))
  const from = packageDir('@fluentui/svg-icons'), version = JSON.parse(readFileSync(join(from, 'package.json'))).version
  for (const name of names) {
    const [, base, filled] = /^(.*?)(-filled)?$/.exec(name)
    const svg = readFileSync(join(from, 'icons', `${base}_20_${filled ? 'filled' : 'regular'}.svg`), 'utf8')
    writeFileSync(join(icons, `${name}.svg`), svg.replace(/ d="([^"]+)"/g, (_, d) => ` d="${rewrite(d)}"`).trim() + '\n')
  }
  writeFileSync(join(icons, 'LICENSE'), `The icons are from Fluent UI System Icons (npm package @fluentui/svg-icons ${version});
path data rewritten, shapes unchanged. app.png and tray*.png are drawn from the same set.

${MIT}`)
}

const MIT = `MIT License

Copyright (c) 2020 Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

function copyFonts() {
  mkdirSync(fonts, { recursive: true })
  for (const f of readdirSync(fonts)) rmSync(join(fonts, f))
  const sans = packageDir('@expo-google-fonts/ibm-plex-sans'), mono = packageDir('@expo-google-fonts/ibm-plex-mono')
  copyFileSync(join(sans, '400Regular', 'IBMPlexSans_400Regular.ttf'), join(fonts, 'IBMPlexSans-Regular.ttf'))
  copyFileSync(join(sans, '600SemiBold', 'IBMPlexSans_600SemiBold.ttf'), join(fonts, 'IBMPlexSans-SemiBold.ttf'))
  copyFileSync(join(mono, '400Regular', 'IBMPlexMono_400Regular.ttf'), join(fonts, 'IBMPlexMono-Regular.ttf'))
  writeFileSync(join(fonts, 'OFL.txt'), readFileSync(join(sans, 'LICENSE_FONT'), 'utf8').replace(/\r\n/g, '\n').trimEnd() + '\n')
}

// The mark: a shield with a check on a rounded tile, in the proportions of the program's navigation.
function mark({ size, tile, shield, dot = '' }) {
  const inner = readFileSync(join(icons, `${shield}.svg`), 'utf8').replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 64 64">
    <rect x="2" y="2" width="60" height="60" rx="15" fill="${tile}"/>
    <g transform="translate(11 11) scale(2.1)" fill="#FFFFFF">${inner}</g>
    ${dot && `<circle cx="50" cy="50" r="14" fill="#FFFFFF"/><circle cx="50" cy="50" r="10.500" fill="${dot}"/>`}</svg>`
}

async function drawPictures() {
  await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')))
  const png = (name, options) => writeFileSync(join(icons, name), new Resvg(mark(options)).render().asPng())
  png('app.png', { size: 512, tile: '#1F5FCC', shield: 'shield_checkmark-filled' })
  png('tray.png', { size: 64, tile: '#1F5FCC', shield: 'shield_checkmark-filled' })
  png('tray-action.png', { size: 64, tile: '#1F5FCC', shield: 'shield-filled', dot: '#D92D20' })
  png('tray-offline.png', { size: 64, tile: '#5C6676', shield: 'shield', dot: '#98A2B1' })
}

drawIcons()
copyFonts()
await drawPictures()
