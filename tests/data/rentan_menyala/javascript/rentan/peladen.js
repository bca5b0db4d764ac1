// Buku tamu pasar yang menyala. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
const { execSync } = require("child_process");
const fs = require("fs");
const http = require("http");
const tamu = [];
const DEPAN = `<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>
<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>`;

function layani(req, res, badan) {
  const alamat = new URL(req.url, "http://localhost");
  const nama = alamat.searchParams.get("nama") || "";
  const jawab = (isi, status = 200, kepala = {}) =>
    res.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Set-Cookie": "sesi=1", ...kepala }).end(isi);
  if (alamat.pathname === "/cari") return jawab(`<p>Hasil untuk ${nama}</p>`);
  if (alamat.pathname === "/berkas") return jawab(fs.readFileSync(`berkas/${nama}`));
  if (alamat.pathname === "/cetak") return jawab(execSync(`echo ${nama}`));
  if (alamat.pathname === "/pindah") return jawab("", 302, { Location: alamat.searchParams.get("ke") || "/" });
  if (alamat.pathname === "/tamu") {
    if (req.method === "POST") tamu.push(new URLSearchParams(badan).get("pesan"));
    const formulir = '<form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>';
    return jawab(`<html><body>${formulir}${tamu.map((satu) => `<p>${satu}</p>`).join("")}</body></html>`);
  }
  return jawab(DEPAN);
}

http.createServer((req, res) => {
  let badan = "";
  req.on("data", (potong) => { badan += potong; });
  req.on("end", () => {
    try { layani(req, res, badan); } catch (galat) { res.writeHead(404).end("tidak ada"); }
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
