// Buku tamu pasar yang menyala, sudah diperbaiki.
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const tamu = [];
const DEPAN = `<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>
<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>`;
const KEPALA = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'",
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
};
const TANDA = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const aman = (teks) => String(teks).replace(/[&<>"']/g, (huruf) => TANDA[huruf]);

function layani(req, res, badan) {
  const alamat = new URL(req.url, "http://localhost");
  const nama = alamat.searchParams.get("nama") || "";
  const kuki = `sesi=${crypto.randomBytes(8).toString("hex")}; HttpOnly; Secure; SameSite=Lax`;
  const jawab = (isi, status = 200, kepala = {}) =>
    res.writeHead(status, { ...KEPALA, "Set-Cookie": kuki, ...kepala }).end(isi);
  if (alamat.pathname === "/cari") return jawab(`<p>Hasil untuk ${aman(nama)}</p>`);
  if (alamat.pathname === "/berkas") {
    return nama === "aturan.txt" ? jawab(aman(fs.readFileSync("berkas/aturan.txt"))) : jawab("tidak ada", 404);
  }
  if (alamat.pathname === "/cetak") return jawab(aman(nama));
  if (alamat.pathname === "/pindah") return jawab("", 302, { Location: "/tamu" });
  if (alamat.pathname === "/tamu") {
    if (req.method === "POST") tamu.push(new URLSearchParams(badan).get("pesan"));
    const formulir = '<form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>';
    return jawab(`<html><body>${formulir}${tamu.map((satu) => `<p>${aman(satu)}</p>`).join("")}</body></html>`);
  }
  return jawab(DEPAN);
}

http.createServer((req, res) => {
  let badan = "";
  req.on("data", (potong) => { badan += potong; });
  req.on("end", () => layani(req, res, badan));
}).listen(Number(process.argv[2]), "127.0.0.1");
