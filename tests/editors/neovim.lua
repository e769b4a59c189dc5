-- Drives Neovim's own client through a few files and writes down what it shows; test_neovim.py judges it.
--
-- Works in Neovim 0.7 and newer. What went wrong is in the report too, so the exit status is about
-- Neovim and not about the server.

local workspace = os.getenv("KERASCOPE_WORKSPACE")
local report = { steps = {}, version = tostring(vim.version().major) .. "." .. vim.version().minor }
local patience = 45000

local function wait(what, condition)
  if not vim.wait(patience, condition, 20) then
    error("waited in vain for " .. what)
  end
end

local exits = {}
local settings = {}

local config = {
  name = "kerascope",
  cmd = { os.getenv("KERASCOPE_INTERPRETER"), "-P", "-m", "kerascope", "server" },
  root_dir = workspace,
  init_options = settings,
  settings = { kerascope = settings },
  on_exit = function(code, signal)
    table.insert(exits, { code = code, signal = signal })
  end,
}

local client_id

local function open(name)
  vim.cmd("edit " .. vim.fn.fnameescape(workspace .. "/" .. name))
  vim.bo.filetype = "python"
  local buffer = vim.api.nvim_get_current_buf()
  if client_id == nil then
    client_id = (vim.lsp.start or vim.lsp.start_client)(config)
  end
  vim.lsp.buf_attach_client(buffer, client_id)
  wait("diagnostics of " .. name, function()
    return #vim.diagnostic.get(buffer) > 0
  end)
  return buffer
end

local function lines(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

local function diagnostics(buffer)
  local seen = {}
  for _, each in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(seen, {
      code = each.code,
      source = each.source,
      severity = vim.diagnostic.severity[each.severity],
      -- Neovim counts bytes, and has converted what the server counted in UTF-16.
      text = lines(buffer)[each.lnum + 1]:sub(each.col + 1, each.end_col),
      line = each.lnum,
    })
  end
  return seen
end

local function has(buffer, code)
  for _, each in ipairs(vim.diagnostic.get(buffer)) do
    if each.code == code then
      return true
    end
  end
  return false
end

-- Picks the preferred action from the menu, and keeps what the menu offered.
local menu = {}
vim.ui.select = function(items, _, choose)
  local chosen = 1
  menu = {}
  for index, item in ipairs(items) do
    local action = item.action or item[2]
    table.insert(menu, { title = action.title, preferred = action.isPreferred == true })
    if action.isPreferred then
      chosen = index
    end
  end
  choose(items[chosen], chosen)
end

local function code_action(kind)
  local context = { only = { kind }, diagnostics = {} }
  -- Neovim 0.7 takes the context itself, and mistakes the newer form for an empty one.
  local options = { context = context, apply = true }
  vim.lsp.buf.code_action(vim.fn.has("nvim-0.8") == 1 and options or context)
end

local steps = {}

function steps.diagnose()
  return {
    ["model.py"] = diagnostics(open("model.py")),
    ["typo.py"] = diagnostics(open("typo.py")),
  }
end

function steps.quickfix()
  local buffer = open("model.py")
  local finding = vim.diagnostic.get(buffer)[1]
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col + 1 })
  code_action("quickfix")
  wait("the diagnostic to go", function()
    return not has(buffer, "KC201")
  end)
  return { menu = menu, line = lines(buffer)[finding.lnum + 1], left = diagnostics(buffer) }
end

function steps.fix_all()
  local buffer = open("several.py")
  code_action("source.fixAll.kerascope")
  wait("the errors to go", function()
    return not has(buffer, "KS102") and not has(buffer, "KC223")
  end)
  vim.cmd("write")
  return { left = diagnostics(buffer), saved = vim.fn.readfile(workspace .. "/several.py") }
end

function steps.shapes()
  local buffer = open("typo.py")
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    range = {
      start = { line = 0, character = 0 },
      ["end"] = { line = vim.api.nvim_buf_line_count(buffer), character = 0 },
    },
  }
  local answers = vim.lsp.buf_request_sync(buffer, "textDocument/inlayHint", params, patience)
  local hints = {}
  for _, answer in pairs(answers or {}) do
    assert(answer.error == nil, vim.inspect(answer.error))
    for _, hint in ipairs(answer.result or {}) do
      table.insert(hints, { line = hint.position.line, label = hint.label })
    end
  end
  return hints
end

function steps.exit()
  vim.lsp.stop_client(client_id)
  wait("the server to end", function()
    return #exits > 0
  end)
  return exits
end

for _, name in ipairs({ "diagnose", "quickfix", "fix_all", "shapes", "exit" }) do
  local start = vim.loop.hrtime()
  local good, result = pcall(steps[name])
  report.steps[name] = { seconds = (vim.loop.hrtime() - start) / 1e9 }
  report.steps[name][good and "seen" or "error"] = result
  if not good then
    -- A server that does not answer once need not be waited for so long again.
    patience = 2000
  end
end

vim.fn.writefile({ vim.fn.json_encode(report) }, os.getenv("KERASCOPE_REPORT"))
vim.cmd("qall!")
