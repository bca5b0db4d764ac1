<?php
// Buku tamu pasar yang menyala. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
header("Set-Cookie: sesi=1");
$jalur = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
$nama = $_REQUEST["nama"] ?? "";
if ($jalur === "/cari") {
    echo "<p>Hasil untuk " . $nama . "</p>";
} elseif ($jalur === "/berkas") {
    include "berkas/" . $nama;
} elseif ($jalur === "/cetak") {
    echo shell_exec("echo " . $nama);
} elseif ($jalur === "/pindah") {
    header("Location: " . ($_GET["ke"] ?? "/"), true, 302);
} elseif ($jalur === "/tamu") {
    if ($_SERVER["REQUEST_METHOD"] === "POST") {
        file_put_contents("tamu.txt", "<p>" . $_POST["pesan"] . "</p>", FILE_APPEND);
    }
    echo '<html><body><form method="post" action="/tamu"><input name="pesan"><input type="submit"></form>';
    echo is_file("tamu.txt") ? file_get_contents("tamu.txt") : "";
    echo "</body></html>";
} else {
    echo '<html><body><a href="/cari?nama=budi">cari</a> <a href="/berkas?nama=aturan.txt">aturan</a>';
    echo '<a href="/cetak?nama=budi">cetak</a> <a href="/pindah?ke=/tamu">pindah</a> <a href="/tamu">tamu</a></body></html>';
}
