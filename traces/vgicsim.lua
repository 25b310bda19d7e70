-- SPDX-License-Identifier: GPL-2.0-or-later
-- Wireshark dissector for vgicsim traces (nanosecond pcap, link type USER0):
-- header, records and footer, byte by byte as in vgicsim-trace(5).
--
-- wireshark -X lua_script:vgicsim.lua trace.pcap, or put this file into the
-- personal plugin folder.

local vgic = Proto("vgicsim", "vgicsim trace")

local KINDS = {
	"entry", "exit", "mmio", "sysreg", "wfi", "wfe", "hvc", "inject", "msi", "its", "sched",
	"host-irq", "ipi", "ack", "eoi", "dir", "lrs", "lrs-more", "queued", "state", "lost",
	[0xf0] = "header", [0xf1] = "footer",
}
local CTXS = { [0] = "-", "vcpu", "thread", "irq" }
local REASONS = { [0] = "irq", "trap", "serror" }
local CAUSES = { [0] = "unknown", "kick", "maintenance", "timer", "device", "ipi", "other" }
local FRAMES = { [0] = "gicd", "gicc", "gicr", "its" }
local RW = { [0] = "read", "write" }
local INOUT = { [0] = "out", "in" }
local AT = { [0] = "entry", "exit" }
local CONFIG = { [0] = "level", "edge" }
local ITS = {
	[0x01] = "MOVI", [0x03] = "INT", [0x04] = "CLEAR", [0x05] = "SYNC", [0x08] = "MAPD",
	[0x09] = "MAPC", [0x0a] = "MAPTI", [0x0b] = "MAPI", [0x0c] = "INV", [0x0d] = "INVALL",
	[0x0e] = "MOVALL", [0x0f] = "DISCARD",
}
local SYSREGS = {
	[0xc230] = "ICC_PMR_EL1", [0xc659] = "ICC_DIR_EL1", [0xc65d] = "ICC_SGI1R_EL1",
	[0xc65e] = "ICC_ASGI1R_EL1", [0xc65f] = "ICC_SGI0R_EL1", [0xc664] = "ICC_CTLR_EL1",
	[0xc665] = "ICC_SRE_EL1", [0xc667] = "ICC_IGRPEN1_EL1",
}
local FLAGS = {
	"pc", "ec", "vcpu", "val", "imm", "src", "hcr", "vmcr", "apr", "irq", "name", "line",
	"latch", "active", "enabled", "prio", "hw", "group", "to",
}
local HAS = {}
for i, name in ipairs(FLAGS) do
	HAS[name] = 2 ^ (i - 1)
end

local f = {}
local function field(make, name, text, ...)
	f[name] = make("vgicsim." .. name, text, ...)
end

field(ProtoField.uint8, "kind", "Kind", base.DEC, KINDS)
field(ProtoField.uint8, "ctx", "Context", base.DEC, CTXS)
field(ProtoField.int16, "cpu", "Physical CPU")
field(ProtoField.uint32, "ctx_id", "Context number")
field(ProtoField.uint32, "flags", "Arguments that are there", base.HEX)
field(ProtoField.uint32, "seq", "Sequence number")
field(ProtoField.uint32, "vcpu", "vCPU")
field(ProtoField.uint64, "pc", "Guest PC", base.HEX)
field(ProtoField.uint8, "reason", "Exit reason", base.DEC, REASONS)
field(ProtoField.uint32, "ec", "Exception class", base.HEX)
field(ProtoField.uint8, "cause", "Cause", base.DEC, CAUSES)
field(ProtoField.uint8, "write", "Direction", base.DEC, RW)
field(ProtoField.uint64, "gpa", "Guest physical address", base.HEX)
field(ProtoField.uint8, "len", "Length")
field(ProtoField.uint64, "val", "Value", base.HEX)
field(ProtoField.uint32, "reg", "System register", base.HEX, SYSREGS)
field(ProtoField.uint32, "imm", "Immediate", base.HEX)
field(ProtoField.uint32, "irq", "INTID")
field(ProtoField.uint8, "level", "Level")
field(ProtoField.uint32, "devid", "DeviceID", base.HEX)
field(ProtoField.uint32, "eventid", "EventID")
field(ProtoField.uint8, "its.cmd", "ITS command", base.HEX, ITS)
field(ProtoField.uint64, "its.dw", "Command word", base.HEX)
field(ProtoField.uint8, "sched", "Scheduled", base.DEC, INOUT)
field(ProtoField.uint32, "host_irq", "Host interrupt")
field(ProtoField.uint32, "to", "To physical CPU")
field(ProtoField.stringz, "name", "Name")
field(ProtoField.uint32, "src", "Source vCPU")
field(ProtoField.uint64, "lr", "List register", base.HEX)
field(ProtoField.uint32, "hcr", "HCR", base.HEX)
field(ProtoField.uint32, "vmcr", "VMCR", base.HEX)
field(ProtoField.uint32, "apr", "APR", base.HEX)
field(ProtoField.uint8, "at", "At", base.DEC, AT)
field(ProtoField.uint8, "used", "List registers in use")
field(ProtoField.uint8, "nr_lrs", "List registers given")
field(ProtoField.uint8, "first_lr", "First list register")
field(ProtoField.uint8, "line", "Line")
field(ProtoField.uint8, "latch", "Pending latch")
field(ProtoField.uint8, "active", "Active")
field(ProtoField.uint8, "enabled", "Enabled")
field(ProtoField.uint8, "pending", "Pending")
field(ProtoField.uint8, "prio", "Priority", base.HEX)
field(ProtoField.uint32, "target", "Target vCPU (0xffffffff: none)")
field(ProtoField.uint32, "hw", "Physical INTID")
field(ProtoField.uint8, "config", "Configuration", base.DEC, CONFIG)
field(ProtoField.uint8, "group", "Group")
field(ProtoField.uint64, "lost", "Events lost")
field(ProtoField.string, "header.magic", "Magic")
field(ProtoField.uint8, "header.version", "Version")
field(ProtoField.uint16, "header.length", "Length")
field(ProtoField.uint32, "header.gic", "GIC")
field(ProtoField.uint32, "header.vcpus", "vCPUs")
field(ProtoField.uint32, "header.pcpus", "Physical CPUs")
field(ProtoField.uint32, "header.spis", "SPIs")
field(ProtoField.uint32, "header.resolution", "Clock resolution (ps)")
field(ProtoField.uint16, "header.frames", "GIC frames")
field(ProtoField.uint16, "header.source_length", "Source length")
field(ProtoField.uint32, "header.frame.kind", "Frame", base.DEC, FRAMES)
field(ProtoField.uint64, "header.frame.gpa", "Address", base.HEX)
field(ProtoField.uint64, "header.frame.size", "Size", base.HEX)
field(ProtoField.string, "header.source", "Source")
field(ProtoField.uint32, "footer.last_seq", "Last sequence number")
field(ProtoField.uint64, "footer.count", "Records")
field(ProtoField.uint64, "footer.digest", "XXH3-64", base.HEX)
field(ProtoField.uint64, "footer.duration", "Duration (ns)")

local list = {}
for _, v in pairs(f) do
	list[#list + 1] = v
end
vgic.fields = list

local short = ProtoExpert.new("vgicsim.short", "Packet too short for what it should be",
	expert.group.MALFORMED, expert.severity.ERROR)
vgic.experts = { short }

-- Each takes the 48 bytes of arguments, the tree, and has(flag); returns what
-- the Info column says after the event's name.
local args = {}

function args.entry(d, t, has)
	if has("pc") then t:add_le(f.pc, d(0, 8)) end
	return ""
end

args["exit"] = function(d, t, has)
	if has("pc") then t:add_le(f.pc, d(0, 8)) end
	if has("ec") then t:add_le(f.ec, d(8, 4)) end
	t:add_le(f.reason, d(12, 1))
	t:add_le(f.cause, d(13, 1))
	local s = REASONS[d(12, 1):le_uint()] or "?"
	if has("ec") then s = s .. string.format(" ec=0x%x", d(8, 4):le_uint()) end
	if d(13, 1):le_uint() > 0 then s = s .. " " .. (CAUSES[d(13, 1):le_uint()] or "?") end
	return s
end

function args.mmio(d, t)
	t:add_le(f.gpa, d(0, 8))
	t:add_le(f.val, d(8, 8))
	t:add_le(f.write, d(16, 1))
	t:add_le(f.len, d(17, 1))
	return string.format("%s 0x%s len=%d val=0x%s", RW[d(16, 1):le_uint()] or "?",
		d(0, 8):le_uint64():tohex(), d(17, 1):le_uint(), d(8, 8):le_uint64():tohex())
end

function args.sysreg(d, t, has)
	if has("val") then t:add_le(f.val, d(0, 8)) end
	t:add_le(f.reg, d(8, 4))
	t:add_le(f.write, d(12, 1))
	local reg = d(8, 4):le_uint()
	return string.format("%s %s", RW[d(12, 1):le_uint()] or "?",
		SYSREGS[reg] or string.format("0x%x", reg))
end

function args.hvc(d, t, has)
	if has("imm") then t:add_le(f.imm, d(0, 4)) end
	return ""
end

function args.inject(d, t, has)
	t:add_le(f.irq, d(0, 4))
	if has("vcpu") then t:add_le(f.vcpu, d(4, 4)) end
	t:add_le(f.level, d(8, 1))
	return string.format("irq=%d level=%d", d(0, 4):le_uint(), d(8, 1):le_uint())
end

function args.msi(d, t)
	t:add_le(f.devid, d(0, 4))
	t:add_le(f.eventid, d(4, 4))
	return string.format("devid=0x%x eventid=%d", d(0, 4):le_uint(), d(4, 4):le_uint())
end

function args.its(d, t)
	t:add_le(f["its.cmd"], d(0, 1))
	for i = 0, 3 do
		t:add_le(f["its.dw"], d(8 * i, 8))
	end
	return ITS[d(0, 1):le_uint()] or string.format("0x%02x", d(0, 1):le_uint())
end

function args.sched(d, t)
	t:add_le(f.sched, d(0, 1))
	return INOUT[d(0, 1):le_uint()] or "?"
end

args["host-irq"] = function(d, t, has)
	if has("irq") then t:add_le(f.host_irq, d(0, 4)) end
	if has("name") then t:add(f.name, d(4, 44)) end
	return has("name") and d(4, 44):stringz() or ""
end

function args.ipi(d, t, has)
	if has("to") then t:add_le(f.to, d(0, 4)) end
	if has("name") then t:add(f.name, d(4, 44)) end
	return has("name") and d(4, 44):stringz() or ""
end

local function guest(d, t, has)
	t:add_le(f.irq, d(0, 4))
	if has("src") then t:add_le(f.src, d(4, 4)) end
	return string.format("irq=%d", d(0, 4):le_uint())
end
args.ack, args.eoi, args.dir = guest, guest, guest

function args.lrs(d, t, has)
	local nr = d(46, 1):le_uint()
	for i = 0, math.min(nr, 4) - 1 do
		t:add_le(f.lr, d(8 * i, 8))
	end
	if has("hcr") then t:add_le(f.hcr, d(32, 4)) end
	if has("vmcr") then t:add_le(f.vmcr, d(36, 4)) end
	if has("apr") then t:add_le(f.apr, d(40, 4)) end
	t:add_le(f.at, d(44, 1))
	t:add_le(f.used, d(45, 1))
	t:add_le(f.nr_lrs, d(46, 1))
	return string.format("at=%s used=%d", AT[d(44, 1):le_uint()] or "?", d(45, 1):le_uint())
end

args["lrs-more"] = function(d, t)
	local nr = d(41, 1):le_uint()
	for i = 0, math.min(nr, 5) - 1 do
		t:add_le(f.lr, d(8 * i, 8))
	end
	t:add_le(f.first_lr, d(40, 1))
	t:add_le(f.nr_lrs, d(41, 1))
	return string.format("first=%d nr=%d", d(40, 1):le_uint(), nr)
end

function args.queued(d, t, has)
	t:add_le(f.irq, d(0, 4))
	for i, name in ipairs({ "line", "latch", "active", "enabled", "prio" }) do
		if has(name) then t:add_le(f[name], d(3 + i, 1)) end
	end
	return string.format("irq=%d", d(0, 4):le_uint())
end

function args.state(d, t, has)
	t:add_le(f.irq, d(0, 4))
	if has("vcpu") then t:add_le(f.vcpu, d(4, 4)) end
	t:add_le(f.target, d(8, 4))
	if has("hw") then t:add_le(f.hw, d(12, 4)) end
	for i, name in ipairs({ "enabled", "pending", "line", "active", "config", "prio" }) do
		t:add_le(f[name], d(15 + i, 1))
	end
	if has("group") then t:add_le(f.group, d(22, 1)) end
	return string.format("irq=%d", d(0, 4):le_uint())
end

function args.lost(d, t)
	t:add_le(f.lost, d(0, 8))
	return d(0, 8):le_uint64():tonumber() .. " events"
end

local function header(b, t)
	local function add(name, at, n)
		t:add_le(f["header." .. name], b(at, n))
		return b(at, n):le_uint()
	end

	add("version", 1, 1)
	add("length", 2, 2)
	add("gic", 4, 4)
	t:add(f["header.magic"], b(8, 8))
	add("vcpus", 16, 4)
	add("pcpus", 20, 4)
	add("spis", 24, 4)
	add("resolution", 28, 4)
	local frames, source, at = add("frames", 32, 2), add("source_length", 34, 2), 40
	for _ = 1, frames do
		if b:len() < at + 24 then return false end
		add("frame.kind", at, 4)
		t:add_le(f["header.frame.gpa"], b(at + 8, 8))
		t:add_le(f["header.frame.size"], b(at + 16, 8))
		at = at + 24
	end
	if b:len() < at + source then return false end
	if source > 0 then t:add(f["header.source"], b(at, source)) end
	return true
end

local function footer(b, t)
	t:add_le(f["footer.last_seq"], b(4, 4))
	t:add_le(f["footer.count"], b(8, 8))
	t:add_le(f["footer.digest"], b(16, 8))
	t:add_le(f["footer.duration"], b(24, 8))
	return true
end

local function who(ctx, id)
	if ctx == 1 then return "v" .. id end
	if ctx == 2 then return "t" .. id end
	return CTXS[ctx] or "?"
end

local function record(b, t, pinfo, kind)
	local flags = b(8, 4):le_uint()
	local function has(name)
		return math.floor(flags / HAS[name]) % 2 == 1
	end

	t:add_le(f.ctx, b(1, 1))
	t:add_le(f.cpu, b(2, 2))
	t:add_le(f.ctx_id, b(4, 4))
	if b(1, 1):le_uint() == 1 then t:add_le(f.vcpu, b(4, 4)):set_generated() end
	t:add_le(f.flags, b(8, 4))
	t:add_le(f.seq, b(12, 4))
	pinfo.cols.src = who(b(1, 1):le_uint(), b(4, 4):le_uint())
	return args[kind] and args[kind](b(16, 48), t, has) or ""
end

function vgic.dissector(b, pinfo, tree)
	if b:len() < 1 then return 0 end
	local t = tree:add(vgic, b())
	local kind = b(0, 1):le_uint()
	local name = KINDS[kind] or "unknown"
	local info, need = "", 64

	pinfo.cols.protocol = "VGIC"
	t:add_le(f.kind, b(0, 1))
	if kind == 0xf0 then need = 40 elseif kind == 0xf1 then need = 32 end
	local ok = b:len() >= need
	if ok and kind == 0xf0 then
		ok = header(b, t)
	elseif ok and kind == 0xf1 then
		ok = footer(b, t)
	elseif ok then
		info = record(b, t, pinfo, name)
	end
	if not ok then t:add_proto_expert_info(short) end
	pinfo.cols.info = name .. (info ~= "" and " " .. info or "")
	t:append_text(", " .. name)
	return b:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, vgic)
