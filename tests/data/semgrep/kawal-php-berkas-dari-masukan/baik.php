<?php
readfile("dokumen/" . basename($_GET['nama']));
include "halaman/beranda.php";
