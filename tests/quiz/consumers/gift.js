// Parses GIFT with gift-pegjs. In: a list of GIFT texts; out, to the file named: [{"questions": [...]} or {"error": "..."}, ...].
const fs = require('fs')
const { parse } = require('gift-pegjs')

const results = JSON.parse(fs.readFileSync(0, 'utf8')).map((text) => {
  try {
    return { questions: parse(text) }
  } catch (error) {
    return { error: `${error.message} at line ${error.location && error.location.start.line}` }
  }
})
fs.writeFileSync(process.argv[2], JSON.stringify(results))
