<?php

namespace App\Http\Controllers;

use App\Models\Laporan;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Blade;
use Illuminate\Support\Facades\Http;

class LaporanController
{
    public function daftar(Request $request)
    {
        return Laporan::query()->orderByRaw($request->urut)->get(); // TEMUAN kawal-php-sql-dari-masukan
    }

    public function lihat(Request $request)
    {
        return view("laporan." . $request->jenis); // TEMUAN kawal-php-sertaan-dari-masukan
    }

    public function surat(Request $request)
    {
        return Blade::render($request->input("templat")); // TEMUAN kawal-php-templat-dari-masukan
    }

    public function tarik(Request $request)
    {
        $isi = Http::get($request->input("alamat")); // TEMUAN kawal-php-alamat-dari-masukan
        return simplexml_load_string($isi, "SimpleXMLElement", LIBXML_NOENT); // TEMUAN kawal-php-xxe
    }

    public function berkas(Request $request)
    {
        return response()->download("laporan/" . $request->nama); // TEMUAN kawal-php-berkas-dari-masukan
    }
}
