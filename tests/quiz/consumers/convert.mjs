// Converts QTI 2.x items to QTI 3 with @citolab/qti-convert. In: a list of XML texts; out, to the file named: a list of {xml} or {error}.
import fs from 'node:fs'
import { convertQti2toQti3 } from '@citolab/qti-convert/qti-convert-node'

const results = []
for (const xml of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  try {
    results.push({ xml: await convertQti2toQti3(xml) })
  } catch (error) {
    results.push({ error: String(error) })
  }
}
fs.writeFileSync(process.argv[2], JSON.stringify(results))
